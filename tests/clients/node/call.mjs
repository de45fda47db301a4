// Several signed calls, one after the other; prints their answers.
//
// A call may ask to be sent with the header of the call before it (`repeat`), or with other bytes
// than were signed (`sentText`).

import oauth from "mastercard-oauth1-signer";
import { readStory, signedCall } from "./signed_call.mjs";

const { calls, credentials, clientId } = await readStory();
const answers = [];
let before;
for (const { method, url, text, sentText, repeat } of calls) {
  const { consumerKey, privateKey } = credentials;
  const authorization = repeat
    ? before
    : oauth.getAuthorizationHeader(url, method, text, consumerKey, privateKey);
  const answer = await signedCall({
    method,
    url,
    text: sentText ?? text,
    credentials,
    clientId,
    authorization,
  });
  before = answer.authorization;
  answers.push(answer);
}
console.log(JSON.stringify(answers));
