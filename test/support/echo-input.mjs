// Gives back what it reads, says so on the other channel, and ends with 7.
process.stdin.pipe(process.stdout);
process.stdin.on('end', () => {
  process.stderr.write('all read\n');
  process.exitCode = 7;
});
