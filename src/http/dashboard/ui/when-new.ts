// Owns doing again only what would come out otherwise: what nothing changed stays as it is, under whose
// hands it may be.

/** The answer calls `act` when one of the things it is made from is another than the last time. */
export function whenNew(): (made: readonly unknown[], act: () => void) => void {
  let before: readonly unknown[] | undefined;
  return (made, act) => {
    const same =
      made.length === before?.length && made.every((each, index) => Object.is(each, before?.[index]));
    before = made;
    if (!same) act();
  };
}
