/** The secret keys of age in what age-keygen wrote, comments too, or in one of its lines. */
export const identitiesIn = (text: string): readonly string[] =>
  text.split(/\s+/).filter((word) => /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(word));
