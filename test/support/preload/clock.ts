/** Loaded into a service before its program: its clock is wrong by `CLOCK_SKEW_MS_<SERVICE>` milliseconds. */
const service = /services\/(\w+)\/main\.ts$/.exec(process.argv[1] ?? "")?.[1] ?? "";
const skew = Number(process.env[`CLOCK_SKEW_MS_${service.toUpperCase()}`] ?? 0);

const right = Date.now;
const wrong = () => right() + skew;

globalThis.Date = new Proxy(Date, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [wrong()] : given, newTarget) as object,
  apply: () => new Date(wrong()).toString(),
  get: (target, key, receiver) => (key === "now" ? wrong : (Reflect.get(target, key, receiver) as unknown)),
});
