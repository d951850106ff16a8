"""Prints what the installed tritonclient and grpcio-health-checking say about the protocol, as JSON.

Only facts: names, numbers, types, labels, oneofs, enum values and procedures. The shape is `Protocol` in protocol.ts.
Usage: python dump_descriptors.py > snapshot.json
"""

import json
from importlib.metadata import version

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from grpc_health.v1 import health_pb2
from tritonclient.grpc import model_config_pb2, service_pb2

TYPE_NAMES = {number: name[len("TYPE_") :].lower() for name, number in FieldDescriptorProto.Type.items()}


def type_name(field):
    return field.type_name or TYPE_NAMES[field.type]


def describe_field(field, message, map_entries):
    entry = map_entries.get(type_name(field))
    described = {
        "number": field.number,
        "type": f"map<{type_name(entry.field[0])},{type_name(entry.field[1])}>" if entry else type_name(field),
        "label": "repeated" if field.label == FieldDescriptorProto.LABEL_REPEATED else "singular",
    }
    if field.HasField("oneof_index"):
        described["oneof"] = message.oneof_decl[field.oneof_index].name
    return described


def add_message(message, prefix, protocol):
    name = f"{prefix}.{message.name}"
    map_entries = {f".{name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
    protocol["messages"][name] = {f.name: describe_field(f, message, map_entries) for f in message.field}
    for nested in message.nested_type:
        if not nested.options.map_entry:
            add_message(nested, name, protocol)
    for enum in message.enum_type:
        protocol["enums"][f"{name}.{enum.name}"] = {v.name: v.number for v in enum.value}


def add_file(module, protocol):
    file = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    for message in file.message_type:
        add_message(message, file.package, protocol)
    for enum in file.enum_type:
        protocol["enums"][f"{file.package}.{enum.name}"] = {v.name: v.number for v in enum.value}
    for service in file.service:
        protocol["services"][f"{file.package}.{service.name}"] = {
            m.name: {
                "request": m.input_type,
                "response": m.output_type,
                "streams": [m.client_streaming, m.server_streaming],
            }
            for m in service.method
        }


def main():
    protocol = {
        "packages": {name: version(name) for name in ("tritonclient", "grpcio-health-checking")},
        "messages": {},
        "enums": {},
        "services": {},
    }
    for module in (model_config_pb2, service_pb2, health_pb2):
        add_file(module, protocol)
    print(json.dumps(protocol, indent=1, sort_keys=True))


main()
