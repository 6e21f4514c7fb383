/** A month of events for the report, with the names that a hostile sender would choose among them. */
import type { HandMade } from "#test/support/event-warehouse.ts";
import { change, type Pull, pull, push } from "../questions/case.ts";

export const HOSTILE = "<script>document.title=1</script>\"'&";
const LONG = `team/${"very-".repeat(30)}long`;
const WIDE = "商用/コンテナイメージ登録簿の長い名前のリポジトリ";

const ERRORS = ["MANIFEST_UNKNOWN", "DENIED", "TOOMANYREQUESTS"];
const IMAGES = ["acme/nginx", "acme/python", "acme/redis", LONG, WIDE, HOSTILE, "acme/go", "acme/node"];
const CLIENTS = ["docker/27.3.1 os/linux arch/amd64", "containerd/2.0", "renovatebot/39", HOSTILE, ""];

const day = (index: number) => `${1 + (index % 20)}`.padStart(2, "0");
const hour = (index: number) => `${(index * 7) % 24}`.padStart(2, "0");
const nth = <T>(list: readonly T[], index: number) => list[index % list.length] as T;

/** Fewer of each image than of the one before it, so that bars have an order. */
const PULLS: readonly Pull[] = IMAGES.flatMap((image, rank) =>
  Array.from({ length: 40 - 4 * rank }, (_, index) => ({
    time: `${day(index)}T${hour(index)}:00:0${rank}`,
    image,
    tag: index % 3 === 0 ? "latest" : `1.${index % 5}`,
    digest: `sha256:${`${index % 4}`.repeat(64)}`,
    method: index % 4 === 0 ? ("HEAD" as const) : ("GET" as const),
    who: index % 6 === 0 ? "" : `person-${index % 9}`,
    client: nth(CLIENTS, index),
    location: index % 2 === 0 ? "São PauloSPBR" : "",
    ...(index % 10 === 9 ? { error: nth(ERRORS, index) } : {}),
    ...(index % 8 === 0
      ? {
          policies: [
            { policy_id: "p", policy_name: HOSTILE, mode: "POLICY_MODE_ENFORCED", result: "RESULT_DENIED" },
          ],
        }
      : {}),
  })),
);

export const EVENTS: readonly HandMade[] = [
  ...PULLS.map((each) => pull(each)),
  pull({ time: "2026-05-01T10:00:00Z", tag: "ancient", digest: "sha256:ancient" }),
  pull({ time: "20T13:00:00", client: "skopeo/1.16.1" }),
  pull({ time: "02T10:00:00", digest: "sha256:old", tag: "moved" }),
  pull({ time: "03T10:00:00", digest: "sha256:new", tag: "moved" }),
  pull({ time: "20T10:00:00", digest: "sha256:old" }),
  push({ time: "03T10:00:00", tag: "1.0" }),
  change("10T10:00:00", "iam.identity.created", { id: "g/1", name: HOSTILE }),
  // On the last day of the report, the only one that is searched for replays.
  pull({ time: "21T12:00:00", id: "first" }),
  pull({ time: "21T12:00:00", id: "second" }),
];
