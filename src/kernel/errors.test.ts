import { AppError } from './errors';

it('is recognised across copies of the module, and nothing else is', () => {
  let copy: typeof AppError | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<{ AppError: typeof AppError }>('./errors').AppError;
  });
  expect(copy).not.toBe(AppError);
  expect(new copy!('conflict', 'taken')).toBeInstanceOf(AppError);
  for (const other of [new Error('conflict'), { code: 'conflict', message: 'taken' }, null, 'conflict'])
    expect(other).not.toBeInstanceOf(AppError);
});
