import { summarizeSocial } from "../../sentiment/aggregate.ts";
import { SCORERS } from "../../sentiment/scorers.ts";
import type { SocialSample } from "../../sentiment/social.ts";
import { moodOf, type Past } from "./past.ts";
import { type FeatureSpecs, ratio, specsOf, type ValuesOf } from "./schema.ts";

/** From so many followers on an author is one who is heard: X's own bound between nano and micro influencers. */
export const INFLUENCER_FOLLOWERS = 10_000;

const NO_POSTS = "no posts, or the source refused";
const NO_SOURCE = "the source refused";
const NO_MOOD = "no posts, or the classifier is off, late or refused";
const posts = specsOf("social", "posts");
const classifiers = specsOf("social", "classifiers");

/** What people say of it, and who. */
export const SOCIAL_FEATURES = {
  sentimentMean: posts("-1 to 1", -1, 1, NO_POSTS, "compound score of VADER with the crypto overlay, by effective posts"),
  sentimentWeighted: posts("-1 to 1", -1, 1, NO_POSTS, "the same, weighted by followers too"),
  sentimentAi: classifiers("-1 to 1", -1, 1, NO_MOOD, "mood by Workers AI"),
  sentimentStudent: classifiers("-1 to 1", -1, 1, NO_MOOD, "mood by the distilled student"),
  effectivePosts: posts("posts", 0, 100, NO_SOURCE, "after copies, bots and author caps"),
  mentions: posts("posts", 0, 100, NO_SOURCE, "in English or without words"),
  mentionsPerMinute: posts("1/min", 0, 1_000, NO_SOURCE, "since the oldest of them"),
  distinctAuthors: posts("authors", 0, 100, NO_SOURCE, "that do not look like bots"),
  reachLog10: posts("log10 followers", 0, 10, "no author is known", "of those authors together"),
  influencerShare: posts(
    "share of posts",
    0,
    1,
    `${NO_POSTS}, or no author is known`,
    `by authors with ${INFLUENCER_FOLLOWERS.toLocaleString("en-US")} followers or more`,
  ),
  influencerEngagements: posts("per post", 0, 1e7, `${NO_POSTS}, or none is by such an author`, "engagements of their posts"),
  verifiedShare: posts("share of posts", 0, 1, `${NO_POSTS}, or the source does not tell`, "by verified authors"),
  engagementsPerPost: posts("per post", 0, 1e7, NO_POSTS, "likes, reposts, replies and quotes"),
  botShare: posts("share of posts", 0, 1, NO_POSTS, "that look like a bot's"),
  duplicateShare: posts("share of posts", 0, 1, NO_POSTS, "copies of another"),
  mintMentionShare: posts("share of posts", 0, 1, NO_POSTS, "that name the mint itself"),
} as const satisfies FeatureSpecs;

/** Features of the posts. */
export function socialFeatures(past: Past): ValuesOf<typeof SOCIAL_FEATURES> {
  const { social, candidate, asOfMs } = past;
  const summary = social === null ? null : summarizeSocial(social, candidate.graduation.mint, asOfMs, SCORERS.overlay);
  return {
    sentimentMean: summary?.sentimentMean ?? null,
    sentimentWeighted: summary?.sentimentWeighted ?? null,
    sentimentAi: moodOf(past, "ai"),
    sentimentStudent: moodOf(past, "student"),
    effectivePosts: summary?.effectivePosts ?? null,
    mentions: summary?.posts ?? null,
    mentionsPerMinute: summary?.mentionsPerMinute ?? null,
    distinctAuthors: summary?.distinctAuthors ?? null,
    reachLog10: summary?.reach ?? null,
    ...influence(social),
    engagementsPerPost: summary?.engagementsPerPost ?? null,
    botShare: summary?.botShare ?? null,
    duplicateShare: summary?.duplicateShare ?? null,
    mintMentionShare: summary?.mintShare ?? null,
  };
}

function influence(social: SocialSample | null) {
  const authors = new Map(social?.authors.map((author) => [author.id, author]));
  const written = (social?.posts ?? []).flatMap((post) => {
    const author = authors.get(post.authorId);
    return author === undefined ? [] : [{ post, author }];
  });
  const counted = written.filter(({ author }) => author.followers !== null);
  const loud = counted.filter(({ author }) => (author.followers ?? 0) >= INFLUENCER_FOLLOWERS);
  const engagements = loud.flatMap(({ post }) => post.engagements ?? []);
  const told = written.filter(({ author }) => author.verified != null);
  return {
    influencerShare: ratio(loud.length, counted.length),
    influencerEngagements: ratio(
      engagements.reduce((sum, count) => sum + count, 0),
      engagements.length,
    ),
    verifiedShare: ratio(told.filter(({ author }) => author.verified === true).length, told.length),
  };
}
