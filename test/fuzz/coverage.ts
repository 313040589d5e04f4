import {type Profiler, Session} from 'node:inspector';

export type Block = Profiler.CoverageRange & {file: string};

/** Counts how often the blocks of the source files run. Must start before those files are loaded. */
export class Coverage {
  private readonly session = new Session();

  constructor() {
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.startPreciseCoverage', {callCount: true, detailed: true});
  }

  /** Returns the blocks of these files and how often each ran since the last call. */
  take(files: string[]): Block[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    this.session.post('Profiler.takePreciseCoverage', (_, {result}) => {
      scripts = result;
    });
    return files.flatMap(file =>
      scripts
        .filter(({url}) => url.split('?')[0]!.endsWith(`/${file}`))
        .flatMap(({functions}) => functions.flatMap(({ranges}) => ranges.map(range => ({...range, file})))),
    );
  }

  stop(): void {
    this.session.disconnect();
  }
}
