// Writes the protos we import but do not own into build/proto-deps, from the npm packages that own
// them, so that code generation needs no network and the versions are those of package-lock.json:
// google/api/*.proto as protobufjs ships it, grpc/health/v1 as grpc-health-check does, and
// buf/validate/validate.proto printed from the descriptor inside @bufbuild/protovalidate. Of google/rpc no
// package ships the protos: the messages our errors carry are written here.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { root } from './tools.mjs';

const out = join(root, 'build', 'proto-deps');
/** @param {string} name */
const packageFolder = (name) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

const scalar = Object.fromEntries(Object.entries(Type).map(([name, number]) => [number, name.toLowerCase()]));

/** Names and numbers are the standard's; the bytes of src/errors/status.ts are read with it in a test. */
const ERROR_DETAILS = `syntax = "proto3";

package google.rpc;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";

message Status {
  int32 code = 1;
  string message = 2;
  repeated google.protobuf.Any details = 3;
}

message ErrorInfo {
  string reason = 1;
  string domain = 2;
  map<string, string> metadata = 3;
}

message RequestInfo {
  string request_id = 1;
  string serving_data = 2;
}

message RetryInfo {
  google.protobuf.Duration retry_delay = 1;
}

message BadRequest {
  message FieldViolation {
    string field = 1;
    string description = 2;
  }
  repeated FieldViolation field_violations = 1;
}
`;

/**
 * @param {import('@bufbuild/protobuf/wkt').FieldDescriptorProto} f
 * @param {string} indent
 * @param {boolean} inOneof
 * @param {boolean} proto3
 */
function field(f, indent, inOneof, proto3) {
  const type = f.typeName || scalar[f.type];
  const label = inOneof
    ? ''
    : f.label === Label.REPEATED
      ? 'repeated '
      : f.label === Label.REQUIRED
        ? 'required '
        : proto3 && !f.proto3Optional
          ? ''
          : 'optional ';
  return `${indent}${label}${type} ${f.name} = ${f.number};\n`;
}

/** @param {import('@bufbuild/protobuf/wkt').EnumDescriptorProto} e @param {string} indent */
function enumeration(e, indent) {
  const values = e.value.map((v) => `${indent}  ${v.name} = ${v.number};\n`).join('');
  const alias = e.options?.allowAlias ? `${indent}  option allow_alias = true;\n` : '';
  return `${indent}enum ${e.name} {\n${alias}${values}${indent}}\n`;
}

/**
 * @param {import('@bufbuild/protobuf/wkt').DescriptorProto} m
 * @param {string} indent
 * @param {boolean} proto3
 */
function message(m, indent, proto3) {
  const inner = `${indent}  `;
  let text = `${indent}message ${m.name} {\n`;
  for (const e of m.enumType) text += enumeration(e, inner);
  for (const n of m.nestedType) {
    if (n.options?.mapEntry) throw new Error(`map fields are not printed: ${m.name}`);
    text += message(n, inner, proto3);
  }
  m.oneofDecl.forEach((oneof, index) => {
    const members = m.field.filter(
      (f) => f.oneofIndex === index && !f.proto3Optional && Object.hasOwn(f, 'oneofIndex'),
    );
    if (members.length === 0) return;
    text += `${inner}oneof ${oneof.name} {\n${members.map((f) => field(f, `${inner}  `, true, proto3)).join('')}${inner}}\n`;
  });
  for (const f of m.field) {
    if (Object.hasOwn(f, 'oneofIndex') && !f.proto3Optional) continue;
    text += field(f, inner, false, proto3);
  }
  for (const r of m.extensionRange)
    text += `${inner}extensions ${r.start} to ${r.end > 536870911 ? 'max' : r.end - 1};\n`;
  return `${text}${indent}}\n`;
}

/** @param {import('@bufbuild/protobuf/wkt').FileDescriptorProto} file */
function print(file) {
  const proto3 = file.syntax === 'proto3';
  let text = `// Printed from the descriptor in @bufbuild/protovalidate; do not edit.\nsyntax = "${file.syntax || 'proto2'}";\n\npackage ${file.package};\n\n`;
  for (const dependency of file.dependency) text += `import "${dependency}";\n`;
  for (const e of file.enumType) text += enumeration(e, '');
  for (const m of file.messageType) text += message(m, '', proto3);
  for (const x of file.extension) text += `extend ${x.extendee} {\n${field(x, '  ', false, proto3)}}\n`;
  return text;
}

cpSync(join(packageFolder('protobufjs'), 'google', 'api'), join(out, 'google', 'api'), {
  recursive: true,
  filter: (path) => !path.endsWith('.json'),
});
// Not imported, but served: with it in the descriptor set, reflection describes the health service too.
cpSync(
  join(packageFolder('grpc-health-check'), 'proto', 'health', 'v1', 'health.proto'),
  join(out, 'grpc', 'health', 'v1', 'health.proto'),
);
// Not imported either: with it, whoever asks by reflection can read the details of errors.
mkdirSync(join(out, 'google', 'rpc'), { recursive: true });
writeFileSync(join(out, 'google', 'rpc', 'error_details.proto'), ERROR_DETAILS);
mkdirSync(join(out, 'buf', 'validate'), { recursive: true });
writeFileSync(join(out, 'buf', 'validate', 'validate.proto'), print(file_buf_validate_validate.proto));
