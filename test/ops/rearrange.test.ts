/** Ops that make, rearrange and index: values of TensorFlow and NumPy, gradients of the first and second order, errors. */
import * as tf from 'gradtape';
import { describe, expect, it } from 'vitest';
import { expectMade, fixturesOf, ramp } from '../support/fixtures.ts';
import { checkGradients } from '../support/gradients.ts';

const cube = ramp([3, 4, 5]);
const image = ramp([2, 4, 6, 8]);
const f64 = 'float64';

const made: Readonly<Record<string, () => tf.Tensor>> = {
  spaceToBatchND: () =>
    image.spaceToBatchND(
      [2, 3],
      [
        [1, 1],
        [0, 3],
      ],
    ),
  batchToSpaceND: () =>
    ramp([12, 2, 3, 2]).batchToSpaceND(
      [2, 3],
      [
        [1, 0],
        [2, 1],
      ],
    ),
  depthToSpace: () => image.depthToSpace(2),
  'depthToSpace NCHW': () => ramp([2, 8, 3, 2]).depthToSpace(2, 'NCHW'),
  spaceToDepth: () => image.spaceToDepth(2),
  'spaceToDepth NCHW': () => image.spaceToDepth(2, 'NCHW'),
  'mirrorPad reflect': () =>
    cube.mirrorPad(
      [
        [2, 1],
        [0, 3],
        [4, 0],
      ],
      'reflect',
    ),
  'mirrorPad symmetric': () =>
    cube.mirrorPad(
      [
        [3, 1],
        [0, 4],
        [5, 2],
      ],
      'symmetric',
    ),
  repeat: () => cube.repeat(2, 1),
  'repeat flat': () => cube.repeat(3),
  'repeat by counts': () => cube.repeat([2, 0, 3, 1], 1),
  roll: () => cube.roll(-7, 2),
  'roll flat': () => cube.roll(13),
  'roll axes': () => cube.roll([1, -2], [0, 1]),
  rot90: () => cube.rot90(1, [0, 2]),
  'rot90 back': () => cube.rot90(-1, [1, 0]),
  'rot90 twice': () => cube.rot90(2, [1, 2]),
  swapaxes: () => cube.swapaxes(0, -1),
  moveaxis: () => image.moveaxis([0, 2], [-1, 0]),
  diag: () => ramp([4]).diag(),
  'diag of a matrix': () => ramp([2, 3]).diag(),
  diagflat: () => tf.diagflat(ramp([2, 2]), -2),
  'diagflat above': () => tf.diagflat(ramp([3]), 1),
  diagPart: () => ramp([2, 3, 2, 3]).diagPart(),
  diagonal: () => cube.diagonal(1, 2, 0),
  'diagonal below': () => cube.diagonal(-2, 1, 2),
  trace: () => cube.trace(-1, 0, 2),
  tril: () => cube.tril(1),
  triu: () => cube.triu(-1),
  bandPart: () => cube.bandPart(1, -1),
  linspace: () => tf.linspace(-2, 3, 7, true, f64),
  'linspace open': () => tf.linspace(4, -1, 4, false, f64),
  logspace: () => tf.logspace(-1, 2, 5, true, 10, f64),
  'logspace open': () => tf.logspace(0, 3, 3, false, 2, f64),
  geomspace: () => tf.geomspace(-1, -1000, 4, true, f64),
  range: () => tf.range(2, -3, -0.75, f64),
  eye: () => tf.eye(2, 3, [2]),
  meshgrid: () => tf.stack(tf.meshgrid(ramp([2]), ramp([3]), ramp([4]))),
  'meshgrid ij': () => tf.stack(tf.meshgrid(ramp([2]), ramp([3]), { indexing: 'ij' })),
  'at steps': () => cube.at([null, null, -1], [1, 4, 2], { begin: -2, end: 0, step: -2 }),
  'at numbers': () => cube.at(1, '...', -1),
  'at new axes': () => cube.at(tf.newaxis, 2, [], null, { step: 3 }),
  'at beyond': () => cube.at([5], [-9, 9], [3, 1]),
  stridedSlice: () => cube.stridedSlice([-1, 0, 4], [-4, 3, 0], [-1, 2, -3]),
  'stridedSlice masks': () => cube.stridedSlice([1, 0, 0, 1], [3, 0, 0, 2], [1, 1, 1, 2], 8, 1, 2, 4, 1),
};

describe('values of other libraries', () => {
  const fixtures = fixturesOf('shape');
  it('are all compared', () => expect(Object.keys(made).sort()).toEqual(Object.keys(fixtures).sort()));
  it.each(Object.entries(made))('%s', (name, run) => expectMade(run(), fixtures[name]));
});

describe('values', () => {
  it('counts', () => {
    expect(tf.range(0, 3).arraySync()).toEqual([0, 1, 2]);
    expect(tf.range(3, 0).arraySync()).toEqual([3, 2, 1]);
    expect(tf.range(0, 3, -1).shape).toEqual([0]);
    expect(tf.range(5, undefined, 2, 'int32').dataSync()).toEqual(new Int32Array([0, 2, 4]));
    expect(tf.linspace(1, 2, 1).arraySync()).toEqual([1]);
    expect(tf.linspace(1, 2, 0).shape).toEqual([0]);
    expect(tf.linspace(0.1, 0.7, 4).at(-1).item()).toBe(Math.fround(0.7));
    expect(tf.meshgrid()).toEqual([]);
  });

  it('are set one by one', () => {
    const cells = tf.buffer([2, 2], 'bool', [0, 3, 0, 0]);
    cells.set(true, 1, 0);
    expect([cells.size, cells.rank, cells.get(0, 1)]).toEqual([4, 2, 1]);
    expect(cells.toTensor().arraySync()).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(cells.toTensor().dtype).toBe('bool');
    expect(tf.buffer([2], 'int32', new Int32Array([1, 2])).toTensor().dtype).toBe('int32');
  });

  it('of parts in one piece are not copied', () => {
    const x = new tf.Variable(tf.zeros([4, 1000, 8]));
    const [before, view, other] = [tf.kernelCounts(), x.at(-1, [2, 10]), x.at(null, [1, 3], '...')];
    expect([view.shape, other.shape]).toEqual([
      [8, 8],
      [1, 2, 1000, 8],
    ]);
    expect(tf.kernelCounts()).toEqual(before);
  });

  it('keep their dtype', () => {
    expect(tf.tensor([1, 2, 3], [3], 'int32').at([null, null, 2]).dtype).toBe('int32');
    expect(tf.tril(tf.ones([2, 2], 'bool')).dtype).toBe('bool');
    expect(tf.diag(tf.tensor([1, 2], [2], 'uint8')).dtype).toBe('uint8');
  });

  it('have their shape found', () => {
    expect(tf.ensureShape(cube, [3, null, 5]).shape).toEqual([3, 4, 5]);
    expect(tf.broadcastArgs([2, 1], [3]).dataSync()).toEqual(new Int32Array([2, 3]));
  });
});

describe('gradients', () => {
  const x = ramp([3, 4]).div(5);
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['at', (x) => x.at([null, null, -2], [3, 0, -2])],
    ['at a view', (x) => x.at(1, [1, 3])],
    ['stridedSlice', (x) => x.stridedSlice([0, 1], [3, 4], [2, 2])],
    [
      'mirrorPad reflect',
      (x) =>
        x.mirrorPad(
          [
            [2, 1],
            [3, 3],
          ],
          'reflect',
        ),
    ],
    [
      'mirrorPad symmetric',
      (x) =>
        x.mirrorPad(
          [
            [3, 0],
            [0, 4],
          ],
          'symmetric',
        ),
    ],
    ['repeat', (x) => x.repeat(2, 1)],
    ['repeat by counts', (x) => x.repeat([2, 0, 1], 0)],
    ['roll', (x) => x.roll([1, 2], [0, 1])],
    ['rot90', (x) => x.rot90()],
    ['depthToSpace', (x) => x.reshape([1, 1, 3, 4]).depthToSpace(2)],
    ['spaceToBatchND', (x) => x.spaceToBatchND([2], [[1, 1]])],
    ['batchToSpaceND', (x) => x.transpose().batchToSpaceND([2], [[1, 1]])],
    ['diag', (x) => x.at(0).diag()],
    ['diagPart', (x) => x.at([], [0, 3]).diagPart()],
    ['diagonal', (x) => x.diagonal(-1)],
    ['trace', (x) => x.trace(1)],
    ['diagflat', (x) => tf.diagflat(x, 1)],
    ['tril', (x) => x.tril(-1)],
    ['ensureShape', (x) => x.ensureShape([null, 4])],
    ['meshgrid', (x) => tf.stack(tf.meshgrid(x.at(0), x.at(1, [0, 3])))],
  ])('%s', (_, f) =>
    checkGradients(
      (x) => {
        const y = f(x);
        return y.mul(y);
      },
      [x],
    ),
  );

  it('of mirrored elements count every image', () => {
    const slope = tf.grad((x) => tf.mirrorPad(x, [[1, 1]], 'reflect'))([1, 2, 3]);
    expect(slope.arraySync()).toEqual([1, 3, 1]);
  });
});

describe('errors', () => {
  it.each<[string, () => unknown]>([
    ['range: step must not be 0', () => tf.range(0, 3, 0)],
    ['range: stop must be a finite number; received Infinity', () => tf.range(0, Infinity)],
    ['range: 300 at position 3 has no uint8 value', () => tf.range(0, 500, 100, 'uint8')],
    ['linspace: num must be a whole number >= 0; received -1', () => tf.linspace(0, 1, -1)],
    ['geomspace: start and stop must be of one sign and not 0; received 0 and 1', () => tf.geomspace(0, 1)],
    ['eye: numRows must be a whole number >= 0; received 1.5', () => tf.eye(1.5)],
    ['meshgrid: inputs have at most 1 axis; received [3,4,5]', () => tf.meshgrid(cube)],
    ['meshgrid: indexing must be "xy" or "ij"; received "yx"', () => tf.meshgrid([1], { indexing: 'yx' as 'xy' })],
    ['buffer: no element at [2]; shape [2]', () => tf.buffer([2]).get(2)],
    ['buffer: 1e+99 has no int32 value', () => tf.buffer([2], 'int32').set(1e99, 0)],
    ['buffer: 1 values cannot fill shape [2]', () => tf.buffer([2], 'int32', [1])],
    ['buffer: values must be a list of numbers; received 3', () => tf.buffer([2], 'int32', 3 as never)],
    ['diag: needs at least 1 axis; received []', () => tf.diag(3)],
    ['diagPart: the second half of the axes must repeat the first; received [3,4,5]', () => cube.diagPart()],
    ['trace: axis1 and axis2 must differ; received 1 and -2', () => cube.trace(0, 1, -2)],
    ['diagonal: needs at least 2 axes; received [1]', () => tf.diagonal([1])],
    ['tril: k must be a whole number; received 0.5', () => cube.tril(0.5)],
    ['triu: needs at least 2 axes; received [1]', () => tf.triu([1])],
    ['repeat: needs one count >= 0, or one for each of 4 slices; received [1,2]', () => cube.repeat([1, 2], 1)],
    ['roll: needs one whole number, or one for each axis; received [1,2]', () => cube.roll([1, 2], 1)],
    ['moveaxis: source and destination must name as many axes; received 0 and [1,2]', () => cube.moveaxis(0, [1, 2])],
    ['rot90: k must be a whole number; received 0.5', () => cube.rot90(0.5)],
    ['rot90: needs two axes; received [0]', () => cube.rot90(1, [0])],
    ['mirrorPad: mode must be "reflect" or "symmetric"; received "edge"', () => cube.mirrorPad([], 'edge' as 'reflect')],
    [
      'mirrorPad: needs [before, after] for each of 1 axes, no longer than the axis less 1; received [[2,0]] for shape [2]',
      () => tf.mirrorPad([1, 2], [[2, 0]], 'reflect'),
    ],
    ['ensureShape: shape [3,4,5] is not [null,4]', () => cube.ensureShape([null, 4])],
    ['broadcastArgs: a shape is a list of sizes; received [] and [1]', () => tf.broadcastArgs(1, [1])],
    ['broadcastArgs: the shapes do not broadcast; axis -1 is 2 and 3', () => tf.broadcastArgs([2], [3])],
    ['spaceToBatchND: blockShape needs sizes >= 1 for 1 to 2 axes; received [0]', () => cube.spaceToBatchND([0], [[0, 0]])],
    ['spaceToBatchND: paddings needs a pair of whole numbers >= 0 for each of 1 blocks; received []', () => cube.spaceToBatchND([2], [])],
    ['spaceToBatchND: padded shape [3,5,5] is no multiple of the blocks [2]', () => cube.spaceToBatchND([2], [[0, 1]])],
    ['batchToSpaceND: batch 3 is no multiple of the blocks [2]', () => cube.batchToSpaceND([2], [[0, 0]])],
    ['batchToSpaceND: crops [[9,9]] are longer than shape [1,12,5]', () => cube.batchToSpaceND([3], [[9, 9]])],
    ['depthToSpace: needs 4 axes; received [3,4,5]', () => cube.depthToSpace(2)],
    ['depthToSpace: 8 channels are no multiple of 3 squared', () => image.depthToSpace(3)],
    ['depthToSpace: dataFormat must be "NHWC" or "NCHW"; received "CHWN"', () => image.depthToSpace(2, 'CHWN' as 'NCHW')],
    ['spaceToDepth: blockSize must be a whole number >= 1; received 0', () => image.spaceToDepth(0)],
    ['spaceToDepth: 4 rows and 6 columns are no multiples of 4', () => image.spaceToDepth(4)],
    ['at: 4 indices for 3 axes; shape [3,4,5]', () => cube.at(0, 0, 0, 0)],
    ['at: more than one ellipsis; received ["...","..."]', () => cube.at('...', '...')],
    ['at: index 3 is not from -3 to 2, on axis 0 of shape [3,4,5]', () => cube.at(3)],
    ['at: an index is a number, a range, "..." or null; received ":"', () => cube.at(':' as '...')],
    ['at: a range is [begin, end, step]; received [1,2,3,4]', () => cube.at([1, 2, 3, 4])],
    ['at: a range takes whole numbers and a step other than 0; received [0,1,0]', () => cube.at([0, 1, 0])],
    ['stridedSlice: begin, end and strides must be of one length; received [0], [1,2] and [1]', () => cube.stridedSlice([0], [1, 2])],
    ['stridedSlice: beginMask must be a whole number >= 0; received -1', () => cube.stridedSlice([0], [1], [1], -1)],
  ])('%s', (text, f) => expect(f).toThrow(text));
});
