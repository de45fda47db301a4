/** The shop's own server: the visit, payments, codes, switches. */

/** @typedef {{problem: string, status: number}} ServerProblem */

/** This page's sandbox. The cookie may be of another one by now: another tab has begun anew. */
let sandbox = '';

/**
 * Come in, or come back: from here on the page speaks for this visit alone.
 * @param {string} market
 */
export async function enter(market) {
  const visit = await ask('POST', 'visit', { market });
  sandbox = visit.sandbox;
  return visit;
}

/**
 * @param {string} method
 * @param {string} place
 * @param {object} [document]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} rejects with a ServerProblem
 */
export async function ask(method, place, document, signal) {
  let answer;
  try {
    answer = await fetch(`/demo/${place}`, {
      method,
      signal,
      headers: {
        ...(sandbox && { 'Shop-Visit': sandbox }),
        ...(document && { 'Content-Type': 'application/json' }),
      },
      ...(document && { body: JSON.stringify(document) }),
    });
  } catch (error) {
    throw { problem: String(error), status: 0 };
  }
  const body = await answer.json().catch(() => ({ problem: answer.statusText }));
  if (!answer.ok) throw { problem: body.problem, status: answer.status };
  return body;
}
