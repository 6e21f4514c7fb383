/**
 * Loaded before a measured program, its end of the channel to the bench: answers what the process has used so far, and ends
 * it when the bench is gone.
 */

process.on("message", (question) => {
  if (question !== "usage") return;
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpuMicroseconds: user + system,
    rssBytes: process.memoryUsage.rss(),
    // Kilobytes (https://nodejs.org/docs/latest-v24.x/api/process.html#processresourceusage).
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  });
});
// However the bench ended, and while the program is still being read, too.
process.once("disconnect", () => process.exit());
// What could not be sent, as the channel closed a moment ago.
process.once("error", () => process.exit());
// The channel alone must not keep a program alive that has come to its end.
process.channel?.unref();
