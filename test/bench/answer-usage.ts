/** Loaded before a measured program: answers, over the channel to its parent, what the process has used so far. */

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
// The channel alone must not keep a program alive that has come to its end.
process.channel?.unref();
