import {readFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';

export interface Example {
  /** Where the example is found. */
  title: string;
  /** What the example documents: an export of the library, a method (`Class.method`), or a page. */
  of: string;
  code: string;
}

/** Returns the examples in the doc comments of a package's `index.d.ts` and the files it exports from. */
export function examplesInTypes(index: string): Example[] {
  const text = readFileSync(index, 'utf8');
  const others = [...text.matchAll(/^export \{.*\} from '(.*)\.js';$/gm)].map(([, path]) =>
    join(dirname(index), `${path}.d.ts`),
  );
  return [index, ...others].flatMap(path => examplesIn(readFileSync(path, 'utf8')));
}

/** Returns the JavaScript and TypeScript examples in a Markdown page. */
export function examplesInPage(path: string): Example[] {
  const blocks = [...readFileSync(path, 'utf8').matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)];
  const page = basename(path);
  return blocks.map(([, code], index) => ({title: `${page}, ${index + 1}`, of: page, code: code!}));
}

function examplesIn(declarations: string): Example[] {
  let owner = '';
  return [...declarations.matchAll(/\/\*\*(.*?)\*\/\s*([^\n]*)/gs)].flatMap(([, comment, declaration]) => {
    const [, top, member] =
      /^(?:export declare (?:class|function) (\w+)|(?:static )?(\w+)\()/.exec(declaration!) ?? [];
    owner = top ?? owner;
    const of = member ? `${owner}.${member}` : owner;
    const parts = comment!
      .replaceAll(/^\s*\* ?/gm, '')
      .split('@example')
      .slice(1);
    return parts.map((part, index) => {
      const code = /^```ts\n(.*?)^```$/ms.exec(part)?.[1];
      if (code === undefined) throw new Error(`The example of ${of} is not a TypeScript code block.`);
      return {title: `${of}, ${index + 1}`, of, code};
    });
  });
}
