// Generates the table of methods of the Python client from the contract.
//
//   node build/generators/scripts/python-methods.js DESCRIPTORS FILE
//
// DESCRIPTORS is a file descriptor set, FILE where the module goes.
import { readFileSync, writeFileSync } from 'node:fs';
import { MethodClass } from '../gen/ts/dtms/v1/access.js';
import { Contract, type ContractMethod } from '../src/contract/contract.js';

const LONGEST_LINE = 110;

/** Such as BATCH_GET_TRADES. */
const constant = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** Where a message is generated, such as trade_service_pb2: not every one is in the file of its service. */
const moduleOf = ({ file }: ContractMethod['desc']['input']): string => `${file.name.split('/').at(-1)}_pb2`;

/** Why a method may be repeated: it is idempotent, or a request_id makes it so, or it may not. */
function kindOf({ kind, access, desc }: ContractMethod): 'Method' | 'Change' | 'Once' {
  if (kind !== 'unary') return 'Once';
  if (access?.idempotent || access?.methodClass === MethodClass.QUERY) return 'Method';
  return desc.input.fields.some(({ name }) => name === 'request_id') ? 'Change' : 'Once';
}

function definition(method: ContractMethod): string {
  const { path, desc } = method;
  const head = `${constant(desc.name)} = ${kindOf(method)}(`;
  const types = [desc.input, desc.output].map((message) => `${moduleOf(message)}.${message.name}`);
  const parts = [`"${path}"`, ...types];
  const line = `${head}${parts.join(', ')})`;
  if (line.length <= LONGEST_LINE) return line;
  const inner = `    ${parts.join(', ')}`;
  return `${head}\n${inner.length <= LONGEST_LINE ? inner : parts.map((part) => `    ${part},`).join('\n')}\n)`;
}

/** The class whose attributes are calls of the methods. */
function calls(prefix: '' | 'Async', methods: readonly ContractMethod[]): string {
  const attributes = methods.map(({ desc }) => constant(desc.name));
  return `class ${prefix}Calls:
    """Every unary method of the service as a call."""

    def __init__(self, call: Make${prefix}Call) -> None:
${attributes.map((name) => `        self.${name.toLowerCase()} = call(${name})`).join('\n')}


class Make${prefix}Call(Protocol):
    """Makes the call of a method."""

    def __call__(self, method: Method[Request, Response], /) -> ${prefix}Call[Request, Response]: ...`;
}

function moduleText(methods: readonly ContractMethod[]): string {
  const modules = [...new Set(methods.flatMap(({ desc }) => [desc.input, desc.output].map(moduleOf)))].sort();
  const unary = methods.filter(({ kind }) => kind === 'unary');
  return `# Generated from proto/dtms/v1 by scripts/python-methods.ts. Do not edit.
"""The methods of the service, and how each may be repeated: one table for both clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dtms.method import Change, Method, Once, Request, Response
from dtms.v1 import (
${modules.map((name) => `    ${name},`).join('\n')}
)

if TYPE_CHECKING:
    from dtms.aio import AsyncCall
    from dtms.client import Call

${methods.map(definition).join('\n')}


${calls('', unary)}


${calls('Async', unary)}
`;
}

const [descriptors = '', file = ''] = process.argv.slice(2);
const { methods } = new Contract(readFileSync(descriptors));
const ours = [...methods.values()].filter(({ path }) => path.startsWith('/dtms.v1.'));
writeFileSync(file, moduleText(ours));
