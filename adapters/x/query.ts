import type { SocialQuery } from "../../domain/sentiment/social.ts";

/** What can stand in a query as a cashtag. Everything else is attacker's text and is left out. */
const PLAIN_TICKER = /^[A-Za-z][A-Za-z0-9]{1,9}$/;
/** Posts about these are about something else than a new coin of the same name. */
const TAKEN_TICKERS: ReadonlySet<string> = new Set(
  "SOL BTC ETH USDC USDT BNB XRP DOGE ADA TRX AVAX LINK DOT TON SUI LTC SHIB PEPE BONK WIF JUP RAY PUMP TRUMP USD SPY TSLA NVDA AAPL".split(
    " ",
  ),
);

/** Search expression: posts in English, no reposts, that name the mint or its ticker. */
export function searchExpression({ mint, symbol }: Pick<SocialQuery, "mint" | "symbol">): string {
  const usable = PLAIN_TICKER.test(symbol) && !TAKEN_TICKERS.has(symbol.toUpperCase());
  const subject = usable ? `("${mint}" OR $${symbol})` : `"${mint}"`;
  return `${subject} lang:en -is:retweet`;
}
