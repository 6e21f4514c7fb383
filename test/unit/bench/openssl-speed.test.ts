/** What `openssl speed` writes, in the layouts of its versions. */
import { expect, test } from "vitest";
import { verificationsPerSecond } from "#test/bench/receiver/openssl-speed.ts";

const HEAD = "version: 3.0.19\noptions: bn(64,64)\nCPUINFO: OPENSSL_ia32cap=0xfffa32034f8bffff\n";

const LAYOUTS = {
  "RSA with two rates": `                  sign    verify    sign/s verify/s
rsa 2048 bits 0.000438s 0.000023s   2283.9  42607.7
`,
  "RSA with four rates, since 3.4": `                   sign    verify    encrypt   decrypt   sign/s verify/s  encr./s  decr./s
rsa  2048 bits 0.000438s 0.000023s 0.000025s 0.000440s   2283.9  42607.7  40000.1   2272.7
`,
  "RSA with a table of another kind after it": `                   sign    verify    encrypt   decrypt   sign/s verify/s  encr./s  decr./s
rsa  2048 bits 0.000438s 0.000023s 0.000025s 0.000440s   2283.9  42607.7  40000.1   2272.7
                               keygen    encaps    decaps keygens/s  encaps/s  decaps/s
                    rsa2048 0.058214s 0.000025s 0.000440s      17.2   39723.4    2270.5
`,
  "ECDSA, with blanks in its name": `                              sign    verify    sign/s verify/s
 256 bits ecdsa (nistp256)   0.0000s   0.0000s  92355.2  42607.7
`,
};

test.each(Object.entries(LAYOUTS))("%s: the number below verify/s", (_, table) => {
  expect(verificationsPerSecond(HEAD + table)).toBe(42_607.7);
});

test.each([
  ["nothing", ""],
  ["no table", HEAD],
  ["a header without a row", `${HEAD}  sign    verify    sign/s verify/s\n`],
  ["a row that is too short", "sign verify encrypt decrypt sign/s verify/s encr./s decr./s\n42.0\n"],
  ["words for numbers", "sign verify sign/s verify/s\nrsa 2048 bits failed\n"],
  ["a rate of nothing", "sign verify sign/s verify/s\nrsa 2048 bits 0.0s 0.0s 0.0 0.0\n"],
])("%s is something unknown", (_, output) => {
  expect(() => verificationsPerSecond(output)).toThrow("openssl speed wrote something unknown");
});
