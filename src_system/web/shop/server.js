/** The shop's own server: the visit, payments, codes, switches. */

/** @typedef {{problem: string, status: number}} ServerProblem */

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
      ...(document && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(document),
      }),
    });
  } catch (error) {
    throw { problem: String(error), status: 0 };
  }
  const body = await answer.json().catch(() => ({ problem: answer.statusText }));
  if (!answer.ok) throw { problem: body.problem, status: answer.status };
  return body;
}
