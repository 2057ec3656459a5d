import test from 'ava';
import { array, assert, integer, property, string } from 'fast-check';
import { boundedRows, cut } from '../../agent/primitives/rows.ts';
import { limits } from '../../protocol/limits.ts';

test('rows are kept in order, up to the number asked for and the size of a report, and a cut is said', (t) => {
  t.notThrows(() => assert(property(array(string({ unit: 'binary', maxLength: 20_000 }), { maxLength: 60 }), integer({ min: 1, max: 60 }), (all, most) => {
    const { rows, truncated } = boundedRows(all, most);
    const fits = Buffer.byteLength(JSON.stringify(rows)) <= limits.maxResultBytes + 2;
    return fits && rows.length <= most && truncated === rows.length < all.length && rows.every((row, index) => row === all[index]);
  })));
});

test('a long text for a cell ends in an ellipsis', (t) => {
  t.deepEqual([cut('short', 5), cut('longer', 5)], ['short', 'long…']);
});
