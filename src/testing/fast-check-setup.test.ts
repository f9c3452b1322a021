import fc from 'fast-check';

it('a property that took its time leaves no run behind for the tests after it', async () => {
  let under = 0;
  const slow = async () => {
    under++;
    await new Promise((later) => setTimeout(later, 30));
    under--;
  };
  await fc.assert(fc.asyncProperty(fc.constant(0), slow), { interruptAfterTimeLimit: 50 });
  expect(under).toBe(0);
});
