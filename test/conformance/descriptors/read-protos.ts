import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { Procedure, Protocol, ProtocolField } from './protocol.ts';

const protoFolder = fileURLToPath(new URL('../../../proto/', import.meta.url));

/** The protocol that this repository's proto/ describes. */
export function readOurProtocol(): Protocol {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => (target.startsWith('/') ? target : `${protoFolder}${target}`);
  root.loadSync(['inference/grpc_service.proto', 'grpc/health/v1/health.proto'], { keepCase: true });
  root.resolveAll();
  const objects = descendants(root);
  const named = <T extends protobuf.ReflectionObject, V>(
    isKind: (object: protobuf.ReflectionObject) => object is T,
    read: (object: T) => V,
  ): Record<string, V> =>
    Object.fromEntries(objects.filter(isKind).map((object) => [object.fullName.slice(1), read(object)]));
  return {
    messages: named(isType, (type) =>
      Object.fromEntries(type.fieldsArray.map((field) => [field.name, describeField(field)])),
    ),
    enums: named(isEnum, (type) => ({ ...type.values })),
    services: named(isService, (service) =>
      Object.fromEntries(service.methodsArray.map((method) => [method.name, describeMethod(method)])),
    ),
  };
}

const isType = (object: protobuf.ReflectionObject): object is protobuf.Type =>
  object instanceof protobuf.Type;
const isEnum = (object: protobuf.ReflectionObject): object is protobuf.Enum =>
  object instanceof protobuf.Enum;
const isService = (object: protobuf.ReflectionObject): object is protobuf.Service =>
  object instanceof protobuf.Service;

function descendants(namespace: protobuf.NamespaceBase): protobuf.ReflectionObject[] {
  return namespace.nestedArray.flatMap((object) => [
    object,
    ...(object instanceof protobuf.Namespace ? descendants(object) : []),
  ]);
}

function describeField(field: protobuf.Field): ProtocolField {
  const value = field.resolvedType?.fullName ?? field.type;
  const isMap = field instanceof protobuf.MapField;
  const described: ProtocolField = {
    number: field.id,
    type: isMap ? `map<${field.keyType},${value}>` : value,
    label: isMap || field.repeated ? 'repeated' : 'singular',
  };
  return field.partOf === null ? described : { ...described, oneof: field.partOf.name };
}

function describeMethod(method: protobuf.Method): Procedure {
  return {
    request: method.resolvedRequestType!.fullName,
    response: method.resolvedResponseType!.fullName,
    streams: [method.requestStream ?? false, method.responseStream ?? false],
  };
}
