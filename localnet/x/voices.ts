/** How people talk about a token: many different people, a campaign, a few, or nobody. */
export type PostStyle = "organic" | "mixed" | "shill" | "silent";

/** The style of a kind of token life, read from the words in its name; unknown kinds get a few mixed posts. */
export function styleOf(kind: string): PostStyle {
  if (/dead/i.test(kind)) return "silent";
  if (/organic|runner/i.test(kind)) return "organic";
  if (/bundle|insider|dump|wash|honeypot|rug/i.test(kind)) return "shill";
  return "mixed";
}

export const ORGANIC_PRAISE: readonly string[] = [
  "{symbol} actually has a community, been lurking in their space for an hour and it is great fun",
  "ok I love the {name} art, someone put real work into this one",
  "grabbed a small bag of {symbol}, holders look spread out, nice",
  "{symbol} just graduated and the volume is still growing, impressive",
  "best meme of the week and it is not close. {symbol}",
  "the {name} devs answered every question I had. respect 🙌",
  "not selling my {symbol}, this chart is beautiful 🚀",
  "my whole timeline is {name} today and honestly I am happy about it",
  "{symbol} holding its level really well after the migration, good sign",
  "first time in weeks a new coin made me laugh. {symbol} 😂",
];

export const ORGANIC_CALM: readonly string[] = [
  "anyone looked into {symbol} yet?",
  "{symbol} is on pumpswap now",
  "watching {symbol}, no position so far",
  "who made {name}?",
  "{symbol} at the same price as an hour ago",
  "added {symbol} to the watchlist",
  "what is the supply split on {symbol}",
  "{name} is trending on my feed",
];

export const ORGANIC_DOUBT: readonly string[] = [
  "{symbol} volume is drying up, careful",
  "took profit on {symbol}, not sure it goes on from here",
  "top wallets of {symbol} look ugly to me, I am out",
  "another day another {name}, this will end badly",
  "lost money on {symbol} again, annoying",
  "{symbol} feels fake, no idea why people buy this",
  "sold all my {symbol}. bad entry, bad mood",
];

export const SHILL_LINES: readonly string[] = [
  "🚀🚀 {symbol} NEXT 100X GEM!!! DEV BASED, LP BURNED, DON'T MISS IT 🔥🔥",
  "{symbol} is about to EXPLODE 💎🙌 buy before it is too late!!!",
  "I turned 1 SOL into 80 SOL with {symbol} 🤑 still so early!!!",
  "WHALES ARE LOADING {symbol} 🐳🐳 guaranteed moon, ape NOW",
  "{name} = easiest money of the year 💰💰 join the telegram, {symbol} to the moon",
  "BINANCE LISTING SOON {symbol} 🚀🚀🚀 SAFEST COIN ON SOLANA",
];
