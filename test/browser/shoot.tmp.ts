import { findChromium, launchChromium, openPage } from './chromium.ts';
import { servePage } from './serve.ts';
const list: [string, string, ((p: any) => Promise<void>)?][] = JSON.parse(process.argv[2] ?? '[]');
const sizes = (process.argv[3] ?? 'wl,wd,nl').split(',');
const served = await servePage('dist/mock');
const browser = await launchChromium(findChromium() ?? '');
const seed = async (page: any) => {
  await page.goto(`${served.url}/#/welcome/${'ab'.repeat(16)}.${'A'.repeat(43)}`);
  await page.getByLabel('Name').fill('Jana D.'); await page.locator('input[type=password]').fill('correct horse battery staple');
  await page.getByRole('button', { name: /Make my key/ }).click();
  await page.waitForURL(/machines/);
};
for (const size of sizes) {
  const { page, faults } = await openPage(browser, { width: size[0] === 'w' ? 1280 : 390, height: size[0] === 'w' ? 800 : 844, dark: size[1] === 'd' });
  page.setDefaultTimeout(4000);
  await seed(page);
  for (const [name, url, script] of list) {
    await page.goto(served.url + '/index.html#/settings');
    const o = /fleet=(\w+)(?:&mode=([\w-]+))?/.exec(url); await page.evaluate((v: string) => localStorage.setItem('mock.options', v), `${o?.[1] ?? 'few'} ${o?.[2] ?? 'plain'}`);
    await page.goto('about:blank'); await page.goto(served.url + '/' + url.slice(url.indexOf('#')));
    await page.waitForTimeout(700);
    if (script) { try { await (new Function('page', `return (async()=>{${script}})()`))(page); } catch (e) { console.log('script', name, String(e).slice(0, 300)); } await page.waitForTimeout(300); }
    await page.screenshot({ path: `/tmp/shots/${name}-${size}.png` });
  }
  console.log(size, [...new Set(faults)].join('\n'));
}
await browser.close(); await served.close();
