/** Where plans are compared and chosen; it stands at the end of a sentence that says why. */
export const PlansLink = () => (
  <>
    {' '}
    <a href="/plans" className="font-medium whitespace-nowrap underline">
      See plans
    </a>
  </>
);
