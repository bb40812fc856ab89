import type { Rng } from "../../domain/random.ts";

const FIRST = [
  "Baby",
  "Based",
  "Cosmic",
  "Grumpy",
  "Happy",
  "Lazy",
  "Lucky",
  "Mega",
  "Neon",
  "Pixel",
  "Quantum",
  "Retro",
  "Salty",
  "Sleepy",
  "Tiny",
  "Turbo",
  "Wobbly",
  "Zen",
  "Fuzzy",
  "Golden",
  "Hyper",
  "Lunar",
  "Mighty",
  "Noble",
  "Soggy",
  "Spicy",
  "Stealth",
  "Velvet",
];
const SECOND = [
  "Axolotl",
  "Badger",
  "Capybara",
  "Dolphin",
  "Ferret",
  "Frog",
  "Gecko",
  "Goose",
  "Hamster",
  "Hedgehog",
  "Koala",
  "Llama",
  "Lobster",
  "Narwhal",
  "Octopus",
  "Otter",
  "Panda",
  "Penguin",
  "Pigeon",
  "Possum",
  "Quokka",
  "Raccoon",
  "Salamander",
  "Sloth",
  "Toad",
  "Walrus",
  "Wombat",
  "Yak",
  "Toaster",
  "Pickle",
  "Waffle",
  "Noodle",
];
const TAIL = ["", "", "", "", " Coin", " Inu", " 2.0", " Club", " AI", " on Sol"];

export interface CoinName {
  readonly name: string;
  readonly symbol: string;
}

/** A meme coin's name and symbol. Names repeat now and then, as copycats do. */
export function coinName(rng: Rng): CoinName {
  const first = FIRST[rng.int(FIRST.length)] ?? "Plain";
  const second = SECOND[rng.int(SECOND.length)] ?? "Coin";
  const tail = TAIL[rng.int(TAIL.length)] ?? "";
  const symbol = rng.next() < 0.6 ? second.slice(0, 8) : `${first.slice(0, 3)}${second.slice(0, 3)}`;
  return { name: `${first} ${second}${tail}`, symbol: symbol.toUpperCase() };
}
