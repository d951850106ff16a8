/** A protocol as plain facts, the same shape from a .proto file and from another implementation's descriptors. */
export interface Protocol {
  /** Full message name → field name → field. */
  readonly messages: Readonly<Record<string, Readonly<Record<string, ProtocolField>>>>;
  /** Full enum name → value name → number. */
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Full service name → procedure name → procedure. */
  readonly services: Readonly<Record<string, Readonly<Record<string, Procedure>>>>;
}

export interface ProtocolField {
  readonly number: number;
  /** A scalar, `.package.Message`, or `map<key,value>` of those. */
  readonly type: string;
  readonly label: 'singular' | 'repeated';
  readonly oneof?: string;
}

export interface Procedure {
  readonly request: string;
  readonly response: string;
  /** Whether the client and whether the server streams. */
  readonly streams: readonly [boolean, boolean];
}
