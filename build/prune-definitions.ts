/** Of the message definitions that ship with Google's clients, those that the services' calls take or answer. */

/** A node of protobuf.js' JSON (https://github.com/protobufjs/protobuf.js#using-json-descriptors): a namespace, service, message, enum or field. */
export interface Definition {
  readonly nested?: Readonly<Record<string, Definition>>;
  readonly methods?: Readonly<Record<string, Method>>;
  readonly fields?: Readonly<Record<string, Field>>;
  readonly values?: Readonly<Record<string, number>>;
  /** Of a field: the message that it adds to. */
  readonly extend?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly parsedOptions?: unknown;
}

interface Method extends Pick<Definition, "options" | "parsedOptions"> {
  readonly requestType: string;
  readonly responseType: string;
}

interface Field extends Pick<Definition, "options" | "parsedOptions"> {
  readonly type: string;
}

/**
 * What remains reads and writes the same bytes. Gone are the methods that nobody calls, the messages that no call
 * reaches, and the annotations that only gateways and generators read, whose names are in parentheses.
 * @param calls by their full names, such as `google.pubsub.v1.Publisher.Publish`; one that is not here is elsewhere
 * @throws Error when a method names a message that is not there
 */
export function pruneDefinitions(root: Definition, calls: ReadonlySet<string>): Definition {
  const all = new Map<string, Definition>();
  index(root, "", all);
  const reached = new Set<string>();
  const queue: { readonly type: string; readonly scope: string }[] = [];
  for (const [scope, { methods = {} }] of all) {
    for (const [name, { requestType, responseType }] of Object.entries(methods)) {
      const path = join(scope, name);
      if (!calls.has(path)) continue;
      reached.add(path);
      queue.push({ type: requestType, scope }, { type: responseType, scope });
    }
  }
  for (const { type, scope } of queue) {
    if (SCALARS.has(type)) continue;
    const path = resolve(type, scope, all);
    if (path === undefined) throw new Error(`${scope} names ${type}, which is not defined`);
    if (reached.has(path)) continue;
    reached.add(path);
    const fields = Object.values(all.get(path)?.fields ?? {});
    queue.push(...fields.map((field) => ({ type: field.type, scope: path })));
  }
  return keep(root, "", reached) ?? {};
}

/** https://protobuf.dev/programming-guides/proto3/#scalar */
const SCALARS = new Set(
  `double float int32 int64 uint32 uint64 sint32 sint64
  fixed32 fixed64 sfixed32 sfixed64 bool string bytes`.split(/\s+/),
);

function index(node: Definition, path: string, all: Map<string, Definition>): void {
  all.set(path, node);
  for (const [name, child] of Object.entries(node.nested ?? {})) index(child, join(path, name), all);
}

const join = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);

/** A name is looked for in the scope that has it, then in the one around that, and so on. */
function resolve(type: string, scope: string, all: ReadonlyMap<string, Definition>): string | undefined {
  for (let at = scope; ; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const path = join(at, type.replace(/^\./, ""));
    if (all.has(path)) return path;
    if (at === "") return undefined;
  }
}

/** @returns `undefined` when nothing below is of use */
function keep(node: Definition, path: string, reached: ReadonlySet<string>): Definition | undefined {
  const nested = Object.entries(node.nested ?? {}).flatMap(([name, child]) => {
    const kept = keep(child, join(path, name), reached);
    return kept === undefined ? [] : [[name, kept] as const];
  });
  const methods = Object.entries(node.methods ?? {}).filter(([name]) => reached.has(join(path, name)));
  const isUsed = nested.length > 0 || node.methods !== undefined || reached.has(path);
  if (!isUsed) return undefined;
  const { nested: _nested, methods: _methods, ...own } = node;
  return {
    ...plain(own),
    ...(node.fields === undefined ? {} : { fields: plainEach(node.fields) }),
    // A client looks for its services, called or not.
    ...(node.methods === undefined ? {} : { methods: plainEach(Object.fromEntries(methods)) }),
    ...(nested.length === 0 ? {} : { nested: Object.fromEntries(nested) }),
  };
}

function plainEach<T extends Pick<Definition, "options" | "parsedOptions">>(
  entries: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, plain(entry)]));
}

function plain<T extends Pick<Definition, "options" | "parsedOptions">>(entry: T): T {
  const { parsedOptions: _annotations, options, ...rest } = entry;
  const kept = Object.entries(options ?? {}).filter(([name]) => !name.startsWith("("));
  return { ...rest, ...(kept.length === 0 ? {} : { options: Object.fromEntries(kept) }) } as T;
}
