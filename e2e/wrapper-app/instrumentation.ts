/** Nothing is to be done at the start; without a file of its own Next would take the product's. */
export function register(): void {}
