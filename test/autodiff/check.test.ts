/** What looks for mistakes: gradients against differences, and the origin of NaN and Inf. */
import { basename } from 'node:path';
import { div, mul, scalar, type Tensor, tensor } from 'gradtape';
import { afterEach, describe, expect, it } from 'vitest';
import { setAnomalyDetection } from '../../lib/autodiff/anomaly.ts';
import { checkGradients } from '../../lib/autodiff/check.ts';
import { customGrad } from '../../lib/autodiff/custom.ts';
import { grad } from '../../lib/autodiff/transforms.ts';
import { castTo } from '../../lib/ops/cast.ts';

const wrong = (value: unknown) => value as never;

describe('checkGradients', () => {
  it('agrees with gradients that are right, whatever broadcasts', () => {
    const a = [[1, -2, 3]];
    const b = [[0.5], [1.5]];
    expect(checkGradients((a, b) => a.mul(b).sub(a).div(b.square()), [a, b])).toBeLessThan(1e-8);
    expect(checkGradients((x) => [x.square().sum(1), x.neg().reshape([3, 1])], [a])).toBeLessThan(1e-8);
    expect(checkGradients((x) => x.square(), [[1e4, 1, 0]])).toBeLessThan(1e-8);
    expect(checkGradients((x) => grad((x) => x.square().mul(x))(x), [a])).toBeLessThan(1e-8);
  });

  it('tells two arguments apart that are one tensor, and takes one that does not matter', () => {
    const x = tensor([1, 2]);
    expect(checkGradients((a, b) => a.square().mul(b), [x, x])).toBeLessThan(1e-8);
    expect(checkGradients((a) => a.square(), [x, x])).toBeLessThan(1e-8);
  });

  it('says which input is wrong', () => {
    const mistaken = customGrad((a: Tensor, b: Tensor) => ({ value: a.mul(b), gradFunc: (dy) => [dy.mul(b), dy.mul(b)] }));
    const message = /^checkGradients: input 1 of shape \[1,2\] at \[0,1\]: the gradient is [\d.]+, differences give [\d.]+$/;
    expect(() => checkGradients((a, b) => mistaken(a, b), [[[3, 2]], [[3, 4]]])).toThrow(message);
    expect(checkGradients((a, b) => mistaken(a, b), [[[3, 2]], [[3, 4]]], { tolerance: 1 })).toBeGreaterThan(0.1);
  });

  it('refuses what it cannot check', () => {
    const square = (x: Tensor) => x.square();
    expect(() => checkGradients(wrong(1), [1])).toThrow('checkGradients: expected a function; received 1');
    expect(() => checkGradients(square, wrong(1))).toThrow('checkGradients: the inputs come as a list; received 1');
    expect(() => checkGradients(square, [scalar(1, 'int32')])).toThrow('checkGradients: input 0 must be a floating tensor; received int32');
    expect(() => checkGradients(square, [1], wrong({ eps: 1 }))).toThrow('checkGradients: unknown option "eps"; did you mean "epsilon"?');
    expect(() => checkGradients(square, [1], { epsilon: 0 })).toThrow('checkGradients: epsilon must be a positive number; received 0');
    expect(() => checkGradients(square, [1], { tolerance: -1 })).toThrow(
      'checkGradients: tolerance must be a positive number; received -1',
    );
    expect(() => checkGradients((x) => castTo(x, 'float32'), [1])).toThrow(
      'checkGradients: the function must compute in float64, as its inputs are; its result is float32',
    );
    expect(() => checkGradients(() => wrong(1), [1])).toThrow('checkGradients: the result: expected tensors or variables; received 1');
  });
});

describe('setAnomalyDetection', () => {
  afterEach(() => setAnomalyDetection(false));

  it('names the op, the element and the line that called it', () => {
    setAnomalyDetection(true);
    setAnomalyDetection(true);
    const here = basename(import.meta.filename);
    expect(() => div([[1, 2]], [[1, 0]])).toThrow(
      new RegExp(`^div: made Infinity at \\[0,1\\]; called at .*${here}:\\d+:\\d+; inputs \\[1,2\\], \\[1,2\\]$`),
    );
    expect(() => div(0, 0)).toThrow(/^div: made NaN at \[\]; called at /);
    expect(mul(2, 3).item()).toBe(6);
    setAnomalyDetection(false);
    expect(div(1, 0).item()).toBe(Number.POSITIVE_INFINITY);
  });

  it('looks into gradients, and leaves integers alone', () => {
    setAnomalyDetection(true);
    expect(() => grad((x) => x.mul(3e38).mul(2))(0)).toThrow(/^mul: made Infinity at \[\]; called at /);
    expect(() => grad((x) => x.mul(1e30).mul(1e-30).mul(1e-30).mul(1e30))(1)).not.toThrow();
    const here = basename(import.meta.filename);
    const place = `.*${here}:\\d+:\\d+`;
    const message = `^div: made -?(Infinity|NaN) at \\[\\]; called at ${place}; inputs \\[\\], \\[\\]; in the gradient of div, called at ${place}$`;
    expect(() => grad((x) => div(1e-30, x))(1e-25)).toThrow(new RegExp(message));
    // What a gradient was about is over with it.
    expect(() => div(0, 0)).toThrow(/; inputs \[\], \[\]$/);
    expect(scalar(1, 'int32').add(1).item()).toBe(2);
  });

  it('refuses anything but true and false', () => {
    expect(() => setAnomalyDetection(wrong('on'))).toThrow('setAnomalyDetection: needs true or false; received "on"');
  });
});
