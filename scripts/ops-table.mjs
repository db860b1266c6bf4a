// Writes the table of ops, docs/ops.md, anew: node scripts/ops-table.mjs; with --speed measures every op before, which takes two minutes of a quiet machine.
import { run } from './command.mjs';
import { buildNative, install } from './native-build.mjs';

install(buildNative());
const speed = process.argv.includes('--speed');
const args = ['run', '-u', '--project=project', '--testTimeout=0', 'test/ops-table.test.ts'];
process.exitCode = run('vitest', args, { env: speed ? { GRADTAPE_OPS_SPEED: '1' } : {} }).ok ? 0 : 1;
