import { lexicon as published } from "vader-sentiment/src/vader_lexicon.js";

/** Entries of the current upstream lexicon that the npm package lacks or holds with an older value. */
const CORRECTIONS: ReadonlyArray<readonly [string, number]> = [
  ["heart", 3.2],
  ["hearts", 3.3],
  ["flawed", -2.1],
  ["badass", 1.4],
];

/** VADER's lexicon, 7,506 tokens: token to mean valence, -4 to 4. */
export const VADER_LEXICON: ReadonlyMap<string, number> = new Map([...Object.entries(published), ...CORRECTIONS]);

const UP = 0.293;
const DOWN = -0.293;

/** Words that strengthen or weaken the next lexicon word (Hutto & Gilbert 2014, part 3.3). */
export const BOOSTERS: ReadonlyMap<string, number> = new Map([
  ...words(
    `absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously
    entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking
    fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible
    incredibly intensely major majorly more most particularly purely quite really remarkably so substantially
    thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very`,
  ).map((word) => [word, UP] as const),
  ...words(
    `almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce
    scarcely slight slightly somewhat sorta sortof sort-of`,
  ).map((word) => [word, DOWN] as const),
  ["just enough", DOWN],
  ["kind of", DOWN],
  ["sort of", DOWN],
]);

/** Words that negate what follows; any word containing `n't` does too. */
export const NEGATIONS: ReadonlySet<string> = new Set(
  words(
    `aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither neednt never
    none nope nor not nothing nowhere oughtnt shant shouldnt uhuh uh-uh wasnt werent without wont wouldnt rarely seldom
    despite`,
  ),
);

/** Phrases whose valence is not the sum of their words. */
export const SPECIAL_CASES: ReadonlyMap<string, number> = new Map([
  ["the shit", 3],
  ["the bomb", 3],
  ["bad ass", 1.5],
  ["badass", 1.5],
  ["bus stop", 0],
  ["yeah right", -2],
  ["kiss of death", -1.5],
  ["to die for", 3],
  ["beating heart", 3.1],
  ["broken heart", -2.9],
]);

function words(list: string): string[] {
  return list.split(/\s+/).filter((word) => word.length > 0);
}
