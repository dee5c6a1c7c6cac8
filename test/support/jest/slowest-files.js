/** Prints the ten test files that took longest, where there are more. */
export default class SlowestFiles {
  onRunComplete(_contexts, { testResults }) {
    if (testResults.length <= 10) return;
    const files = testResults
      .map(({ testFilePath, perfStats: { start, end } }) => ({
        testFilePath,
        seconds: (end - start) / 1_000,
      }))
      .sort((a, b) => b.seconds - a.seconds);
    const lines = files
      .slice(0, 10)
      .map(
        ({ testFilePath, seconds }) =>
          `${seconds.toFixed(1).padStart(7)} s  ${testFilePath.slice(process.cwd().length + 1)}`,
      );
    const total = files.reduce((sum, { seconds }) => sum + seconds, 0);
    process.stderr.write(
      `\nThe slowest of ${files.length} files (${total.toFixed(0)} s in all):\n${lines.join('\n')}\n`,
    );
  }
}
