// Owns the comments of the protos: what is said before a declaration, which must be there.
import type { AnyDesc, DescFile } from '@bufbuild/protobuf';

/** A declaration that has a comment. */
export type Commented = Exclude<AnyDesc, { kind: 'file' | 'oneof' | 'extension' }>;

/** A comment's paragraphs, each on one line. @throws TypeError when there is none, or no source information. */
export function commentOf(desc: Commented): string {
  const file = 'file' in desc ? desc.file : desc.parent.file;
  const text = commentsIn(file).get(placeOf(desc).join('.'));
  if (text === undefined) throw new TypeError(`${desc} has no comment`);
  const lines = text.split('\n').map((line) => line.trim());
  const paragraphs = lines.join('\n').split(/\n{2,}/);
  return paragraphs
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

const known = new Map<DescFile, ReadonlyMap<string, string>>();

/** Leading comments by the path of numbers that names a declaration within its file. */
function commentsIn(file: DescFile): ReadonlyMap<string, string> {
  let comments = known.get(file);
  if (comments === undefined) {
    const all = file.proto.sourceCodeInfo?.location ?? [];
    const said = all.filter(({ leadingComments }) => leadingComments !== '');
    comments = new Map(said.map(({ path, leadingComments }) => [path.join('.'), leadingComments]));
    known.set(file, comments);
  }
  return comments;
}

/** Where a declaration is in its file, by the field numbers of descriptor.proto. */
function placeOf(desc: Commented): readonly number[] {
  switch (desc.kind) {
    case 'field':
      return [...placeOf(desc.parent), 2, desc.parent.fields.indexOf(desc)];
    case 'rpc':
      return [...placeOf(desc.parent), 2, desc.parent.methods.indexOf(desc)];
    case 'enum_value':
      return [...placeOf(desc.parent), 2, desc.parent.values.indexOf(desc)];
    case 'service':
      return [6, desc.file.services.indexOf(desc)];
    case 'message':
      return desc.parent === undefined
        ? [4, desc.file.messages.indexOf(desc)]
        : [...placeOf(desc.parent), 3, desc.parent.nestedMessages.indexOf(desc)];
    case 'enum':
      return desc.parent === undefined
        ? [5, desc.file.enums.indexOf(desc)]
        : [...placeOf(desc.parent), 4, desc.parent.nestedEnums.indexOf(desc)];
  }
}
