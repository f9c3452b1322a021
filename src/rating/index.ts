export { overageCost } from './charge-parts';
export { priceIssues } from './check-price';
export { Exact } from './exact';
export { type RatedPart, rateQuantity } from './rate-quantity';
export { shareOut } from './share-out';
export { dearestCost, unitsWithin } from './units-within';
