// Owns server reflection (v1 and v1alpha), from the same descriptor set the field rules come from. Indexing the set takes longer
// than all else at a start, and most servers are never asked: it is done when somebody asks, once for each set.
import { type FileRegistry, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { MethodDefinition, Server, ServerDuplexStream } from '@grpc/grpc-js';
import type { EnumTypeDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

type Files = Pick<FileRegistry, 'files'>;
type Stream = ServerDuplexStream<unknown, unknown>;

interface ReflectionMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: (stream: Stream) => void;
}

const METHOD = 'ServerReflectionInfo';
const PACKAGES = ['grpc.reflection.v1', 'grpc.reflection.v1alpha'] as const;

const known = new WeakMap<Files, ReadonlyMap<string, ReflectionMethod>>();

/**
 * @param files with imports
 * @param services the full names to list, each described by the set
 */
export function addReflection(
  server: Pick<Server, 'addService'>,
  files: Files,
  services: readonly string[],
): void {
  for (const name of PACKAGES) {
    const path = `/${name}.ServerReflection/${METHOD}`;
    const method = (): ReflectionMethod => {
      const methods = known.get(files) ?? methodsOf(files, services);
      known.set(files, methods);
      const found = methods.get(path);
      if (found === undefined) throw new TypeError(`@grpc/reflection has no ${path}`);
      return found;
    };
    const definition: MethodDefinition<unknown, unknown> = {
      path,
      requestStream: true,
      responseStream: true,
      requestSerialize: (request) => method().definition.requestSerialize(request),
      requestDeserialize: (bytes) => method().definition.requestDeserialize(bytes),
      responseSerialize: (response) => method().definition.responseSerialize(response),
      responseDeserialize: (bytes) => method().definition.responseDeserialize(bytes),
    };
    server.addService({ [METHOD]: definition }, { [METHOD]: (stream: Stream) => method().handle(stream) });
  }
}

/** What the reflection service would add to a server, by path. */
function methodsOf({ files }: Files, services: readonly string[]): ReadonlyMap<string, ReflectionMethod> {
  // Of a package definition the reflection service reads only the files. They are handed to it as they
  // are: proto-loader would merge the files of a package and lose what they import.
  const set: EnumTypeDefinition = {
    format: 'Protocol Buffer 3 EnumDescriptorProto',
    type: {},
    fileDescriptorProtos: [...files].map(({ proto }) =>
      Buffer.from(toBinary(FileDescriptorProtoSchema, proto)),
    ),
  };
  const methods = new Map<string, ReflectionMethod>();
  const addService: Server['addService'] = (service, implementation) => {
    for (const [name, definition] of Object.entries(service)) {
      const handle = implementation[name] as (stream: Stream) => void;
      methods.set(definition.path, { definition, handle });
    }
  };
  new ReflectionService({ set }, { services: [...services] }).addToServer({ addService });
  return methods;
}
