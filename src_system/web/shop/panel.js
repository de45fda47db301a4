/** Click to Pay as the shopper sees it: who are you, the code, your cards, a new card, thank you. */

import { at, button, el, form } from './elements.js';
import { cardWishes, Field, Fields } from './fields.js';
import { networkOf, readExpiry, SAMPLE_NUMBERS } from './cards.js';
import { decimal, isolated, money, page, say } from './page.js';
import { explain, explainProblem, FINAL, meaningOf } from './reasons.js';
import { ask } from './server.js';
import { problemOf } from './trace.js';

/** @typedef {import('./cards.js').ShownCard} ShownCard */
/** @typedef {import('./initiator.js').Known} Known */

const CHALLENGE = {
  threeDsPreference: 'ONBEHALF',
  threeDsInputData: { forceChallenge: true },
  acquirerMerchantId: '000012345678901',
  acquirerBIN: '400000',
  merchantCategoryCode: '5499',
};
const FRAME_PIXELS_MAX = 900;
const POPUP = 'popup,width=480,height=640';

export class Panel {
  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root
   * @param {import('./meter.js').Meter} parts.meter
   * @param {import('./cart.js').Cart} parts.cart
   * @param {import('./initiator.js').Initiator} parts.initiator
   * @param {import('./phone.js').Phone} parts.phone
   * @param {import('./settings.js').Settings} parts.settings
   */
  constructor({ root, meter, cart, initiator, phone, settings }) {
    this.root = root;
    this.meter = meter;
    this.cart = cart;
    this.initiator = initiator;
    this.phone = phone;
    this.settings = settings;
    this.shopper = initiator.visit.shopper;
    this.email = this.shopper.emailAddress;
    /** @type {ShownCard[]} */
    this.list = [];
    /** @param {any} settled */
    this.onpaid = (settled) => { void settled; };
    meter.watch(root);
    cart.addEventListener('change', () => this.showTotal());
  }

  // --- Screens -------------------------------------------------------------------------------

  /**
   * @param {string} title
   * @param {...import('./elements.js').Child} children
   */
  show(title, ...children) {
    const heading = el('h3', { tabindex: '-1', class: 'screen-title' }, title);
    this.root.replaceChildren(heading, ...children.filter((one) => one !== null && one !== undefined && one !== false));
    this.showTotal();
    const field = /** @type {HTMLElement | null} */ (this.root.querySelector('[data-first]'));
    if (this.meter.began) (field ?? heading).focus();
  }

  /** @param {string} text */
  wait(text) {
    this.show(text, el('div', { class: 'waiting', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')));
    this.root.setAttribute('aria-busy', 'true');
  }

  /** @param {string | null | undefined} text */
  note(text) {
    return text ? el('p', { class: 'problem', role: 'alert', 'data-testid': 'note' }, text) : null;
  }

  /** The first thing that somebody sees: cards at once where the browser is recognised. */
  async begin() {
    this.meter.clear();
    this.phone.rest();
    this.wait(say('looking'));
    try {
      if (await this.initiator.recognise()) {
        const cards = await this.initiator.cards();
        if (cards.length > 0) return this.showCards(cards);
      }
      return this.askWho();
    } catch (problem) {
      return this.showProblem(problem);
    }
  }

  /**
   * Nothing of whoever was here before is kept for the next one.
   * @param {string} [problem]
   */
  askWho(problem) {
    this.phone.rest();
    this.list = [];
    Object.assign(this.initiator, { idTokens: [], remember: false, person: '' });
    const email = new Field('ctp', {
      name: 'email', text: say('email'), autocomplete: 'email', ltr: true, inputmode: 'email', value: this.email,
      hint: say('emailHint', { name: this.shopper.fullName }),
    });
    this.show(say('whoTitle'), this.note(problem), form(async () => {
      const wrong = email.problem();
      email.say(wrong);
      if (wrong) return email.input.focus();
      if (this.cart.total === 0) return this.askWho(say('emptyCart'));
      this.meter.start();
      this.email = email.value;
      await this.lookUp();
    }, email.root, el('button', { type: 'submit', class: 'button leading wide', 'data-testid': 'look-up' }, say('continue'))));
  }

  async lookUp() {
    this.wait(say('looking'));
    try {
      const network = await this.initiator.lookUp(this.email);
      if (network === null) return this.askNewCard({ isKnown: false });
      return this.askCode(network, await this.initiator.sendCode(network));
    } catch (problem) {
      return this.showProblem(problem);
    }
  }

  /**
   * @param {Known} network that sent a code
   * @param {any} sent what it said of it
   * @param {{problem?: string, notice?: string, remember?: boolean}} [told] and what she chose already
   */
  askCode(network, sent, told = {}) {
    const code = new Field('ctp', {
      name: 'code', text: say('code'), autocomplete: 'one-time-code', ltr: true, inputmode: 'numeric', most: 8,
    });
    code.input.dataset.first = '';
    code.input.classList.add('code', 'numbers');
    if (told.problem) code.say(told.problem);
    const ticked = told.remember ?? page.market.rememberTicked;
    const remember = checkbox('remember', say('remember'), say('rememberHint'), ticked);
    this.phone.taker = (value) => { code.fill(value); send.click(); };
    this.phone.watch();
    const send = el('button', { type: 'submit', class: 'button leading wide', 'data-testid': 'give-code' }, say('continue'));
    const place = sent.maskedValidationChannel;
    const channels = (sent.supportedValidationChannels ?? []).filter(
      (/** @type {any} */ one) => one.maskedValidationChannel && one.maskedValidationChannel !== place,
    );
    this.show(say('codeTitle'),
      told.notice ? el('p', { class: 'success', role: 'status' }, told.notice) : null,
      el('p', { class: 'quiet' }, say('codeSentTo', { network: network.label, place: bullets(place) })),
      form(() => this.giveCode(network, sent, code.digits, remember.input.checked), code.root, remember.root, send),
      el('div', { class: 'row' },
        button(say('resend'), 'plain', () => this.sendAgain(network, remember.input.checked)),
        ...channels.map((/** @type {any} */ one) => button(
          say('otherChannel', { place: bullets(one.maskedValidationChannel) }), 'plain',
          () => this.sendAgain(network, remember.input.checked, one.validationChannelId))),
        button(say('otherPerson'), 'plain', () => this.askWho())));
  }

  /**
   * @param {Known} network
   * @param {boolean} remember
   * @param {string} [channel]
   */
  async sendAgain(network, remember, channel) {
    this.wait(say('working')); // else she could go elsewhere, and be fetched back
    try {
      const sent = await this.initiator.sendCode(network, channel);
      this.askCode(network, sent, { notice: say('resent'), remember });
    } catch (problem) {
      this.showProblem(problem);
    }
  }

  /**
   * @param {Known} network
   * @param {any} sent
   * @param {string} code
   * @param {boolean} remember
   */
  async giveCode(network, sent, code, remember) {
    if (!code) return this.askCode(network, sent, { problem: say('fieldMissing'), remember });
    this.wait(say('looking'));
    try {
      await this.initiator.giveCode(network, code, remember);
      return this.showCards(await this.initiator.cards());
    } catch (problem) {
      const meaning = meaningOf(problemOf(problem).reason);
      if (meaning === 'codeWrong' || meaning === 'codeOld') {
        return this.askCode(network, sent, { problem: say(meaning), remember });
      }
      return this.showProblem(problem);
    }
  }

  /**
   * @param {ShownCard[]} cards
   * @param {string} [problem]
   */
  showCards(cards, problem) {
    this.list = cards;
    this.phone.taker = null;
    if (cards.length === 0) return this.askNewCard({ isKnown: true });
    const first = cards.find((one) => one.state === 'ACTIVE');
    const { person, silent, distrusting } = this.initiator;
    this.show(say('chooseCard'), this.note(problem),
      person ? el('p', { class: 'quiet small', 'data-testid': 'person' }, say('signedInAs', { person: bullets(person) })) : null,
      remark('networkMissing', silent), remark('networkDistrusts', distrusting),
      form(() => this.payChosen(),
        el('fieldset', { class: 'cards' }, el('legend', { class: 'only-heard' }, say('chooseCard')),
          ...cards.map((card) => choice(card, card === first))),
        this.payButton('pay', first === undefined)),
      el('div', { class: 'row' },
        button(say('addCard'), 'plain', () => this.askNewCard({ isKnown: true }), 'add-card'),
        button(say('notYou'), 'plain', () => this.notYou(), 'not-you')));
  }

  /** Forget her everywhere and begin again. */
  async notYou() {
    this.wait(say('working'));
    await this.initiator.signOut();
    this.askWho();
  }

  /**
   * @param {string} testid
   * @param {boolean} [disabled]
   */
  payButton(testid, disabled = false) {
    return el('button', {
      type: 'submit', class: 'button leading wide', 'data-testid': testid, 'data-pays': true, disabled,
    });
  }

  showTotal() {
    this.root.removeAttribute('aria-busy');
    for (const one of this.root.querySelectorAll('[data-pays]')) {
      one.textContent = say('pay', { amount: money(this.cart.total) });
    }
  }

  async payChosen() {
    const chosen = /** @type {HTMLInputElement | null} */ (this.root.querySelector('[name=card]:checked'));
    const card = this.list.find((one) => one.id === chosen?.value);
    if (!card) return;
    const brand = this.initiator.network(card.network).label;
    await this.check(say('spokenEnding', { brand, digits: card.digits }), card.network,
      (windowRef) => this.initiator.pay(card, this.transaction(), windowRef),
      (problem) => this.showCards(this.list, problem));
  }

  /** @param {{isKnown: boolean, problem?: string, typed?: Fields}} person with what she typed already */
  askNewCard({ isKnown, problem, typed }) {
    const { market } = page;
    const fields = typed ?? new Fields('ctp', [
      ...cardWishes(),
      ...(isKnown ? [] : [
        { name: 'firstName', text: say('firstName'), autocomplete: 'given-name' },
        { name: 'lastName', text: say('lastName'), autocomplete: 'family-name' },
        {
          name: 'mobile', text: say('mobile'), autocomplete: 'tel-national', ltr: true, inputmode: 'tel', hint: isolated(`+${market.callingCode}`),
        },
        ...(market.nationalIdentifier ? [{
          name: 'nationalIdentifier', ltr: true, autocomplete: 'off',
          text: say('nationalIdentifier', { name: market.nationalIdentifier }),
        }] : []),
      ]),
    ]);
    const consent = isKnown ? null : checkbox('consent', say('consent'));
    const remember = checkbox('remember', say('remember'), say('rememberHint'), market.rememberTicked);
    const wrong = el('p', { class: 'wrong', id: 'consent-error', hidden: true }, say('consentNeeded'));
    const checkConsent = () => {
      wrong.hidden = !consent || consent.input.checked;
      consent?.input.setAttribute('aria-invalid', String(!wrong.hidden));
      // A description is read even where it is hidden.
      if (wrong.hidden) consent?.input.removeAttribute('aria-describedby');
      else consent?.input.setAttribute('aria-describedby', wrong.id);
    };
    consent?.input.addEventListener('change', checkConsent);
    this.show(say('newCardTitle'), this.note(problem),
      isKnown ? null : el('p', { class: 'quiet' }, say('nobodyKnown')),
      form(async () => {
        this.meter.start();
        checkConsent();
        if (!fields.check()) return;
        if (!wrong.hidden) return consent?.input.focus();
        await this.payNew(fields, { isKnown, remember: remember.input.checked });
      },
      el('div', { class: 'fields' }, ...fields.all.map((one) => one.root)),
      button(say('fillIn'), 'plain', () => this.fillIn(fields), 'fill-in'),
      consent?.root, wrong, remember.root, this.payButton('pay-new')),
      el('div', { class: 'row' }, this.list.length > 0
        ? button(say('backToCards'), 'plain', () => this.showCards(this.list))
        : button(say('otherPerson'), 'plain', () => this.askWho())));
  }

  /** @param {Fields} fields */
  fillIn(fields) {
    this.meter.helped = true;
    const { market } = page;
    const own = new Set(this.list.map((one) => `${one.network} ${one.digits}`));
    const number = SAMPLE_NUMBERS.find((one) => !own.has(`${networkOf(one)} ${one.slice(-4)}`)) ?? SAMPLE_NUMBERS[0];
    const mobile = this.shopper.mobileNumber.phoneNumber;
    fields.fill({
      number: number.replace(/(\d{4})(?=\d)/g, '$1 '),
      expiry: '12/30',
      securityCode: '123',
      name: 'Nia New',
      firstName: 'Nia',
      lastName: 'New',
      // A neighbour's number: that of the shopper herself belongs to her profile.
      mobile: mobile.slice(0, -1) + ((Number(mobile.slice(-1)) + 5) % 10),
      nationalIdentifier: market.nationalIdentifierSample ?? '',
    });
  }

  /**
   * @param {Fields} fields
   * @param {{isKnown: boolean, remember: boolean}} person
   */
  async payNew(fields, { isKnown, remember }) {
    const number = fields.get('number').digits;
    const network = String(networkOf(number));
    const until = /** @type {{month: string, year: string}} */ (readExpiry(fields.get('expiry').value));
    const card = {
      primaryAccountNumber: number,
      panExpirationMonth: until.month,
      panExpirationYear: until.year,
      cardSecurityCode: fields.get('securityCode').digits,
      cardholderFullName: fields.get('name').value,
    };
    const brand = this.initiator.network(network).label;
    await this.check(say('spokenEnding', { brand, digits: number.slice(-4) }), network,
      (windowRef) => this.initiator.payNew(
        network, card, { consumer: isKnown ? null : this.consumer(fields), remember }, this.transaction(), windowRef),
      (problem) => this.askNewCard({ isKnown, problem, typed: fields }));
  }

  /** @param {Fields} fields */
  consumer(fields) {
    const { market } = page;
    const [firstName, lastName] = [fields.get('firstName').value, fields.get('lastName').value];
    return {
      emailAddress: this.email,
      mobileNumber: {
        countryCode: market.callingCode,
        phoneNumber: fields.get('mobile').digits.replace(/^0+/, ''),
      },
      firstName,
      lastName,
      fullName: `${firstName} ${lastName}`,
      countryCode: market.code,
      languageCode: page.locale.slice(0, 2),
      ...(market.nationalIdentifier && { nationalIdentifier: fields.get('nationalIdentifier').value }),
    };
  }

  transaction() {
    return {
      dpaLocale: page.locale,
      dpaShippingPreference: 'NONE',
      transactionAmount: {
        transactionAmount: decimal(this.cart.total),
        transactionCurrencyCode: page.market.currency,
      },
      ...(this.settings.isOn('switchChallenge') && { ...CHALLENGE, merchantCountryCode: page.market.code }),
    };
  }

  /**
   * A checkout from the click to whatever becomes of it.
   * @param {string} paidWith
   * @param {string} network
   * @param {(windowRef: any) => Promise<any>} pay
   * @param {(problem?: string) => void} again shows the screen before
   */
  async check(paidWith, network, pay, again) {
    this.meter.start();
    if (this.cart.total === 0) return again(say('emptyCart'));
    const surface = this.openSurface(this.initiator.network(network).label);
    this.phone.taker = null;
    this.phone.watch();
    try {
      const answer = await pay(surface.windowRef);
      surface.close();
      return await this.goOn(answer, paidWith, again);
    } catch (problem) {
      surface.close();
      const { reason } = problemOf(problem);
      return FINAL.has(meaningOf(reason)) ? this.showProblem(problem) : again(explain(reason));
    }
  }

  /**
   * Where the network's page is shown: a frame of ours, or a window that opens within the click.
   * @param {string} label
   */
  openSurface(label) {
    if (this.settings.isOn('switchPopup')) {
      const opened = window.open('', 'ctp', POPUP);
      if (opened !== null) {
        this.wait(say('dcfInPopup'));
        return { windowRef: opened, close: () => opened.close() };
      }
    }
    const frame = el('iframe', {
      class: 'dcf', title: say('dcfTitle', { network: label }),
      allow: 'payment; publickey-credentials-get; publickey-credentials-create',
    });
    this.show(say('dcfTitle', { network: label }), frame);
    const grow = (/** @type {MessageEvent} */ event) => growTo(frame, event);
    window.addEventListener('message', grow);
    const close = () => {
      window.removeEventListener('message', grow);
      frame.remove();
    };
    return { windowRef: frame.contentWindow, close };
  }

  /**
   * What the consumer did in the network's page.
   * @param {any} answer
   * @param {string} paidWith
   * @param {(problem?: string) => void} again
   */
  async goOn(answer, paidWith, again) {
    switch (answer.dcfActionCode) {
      case 'COMPLETE': return this.settle(answer, paidWith);
      case 'CHANGE_CARD': return this.readCards();
      case 'ADD_CARD': return this.askNewCard({ isKnown: true });
      case 'SWITCH_CONSUMER': return this.askWho();
      case 'CANCEL': return again(say('popupClosed'));
      default: return again(say('notAvailable'));
    }
  }

  /** The cards anew: an idToken may be newer than the list. */
  async readCards() {
    this.wait(say('looking'));
    try {
      this.showCards(await this.initiator.cards());
    } catch (problem) {
      this.showProblem(problem);
    }
  }

  /**
   * The shop's server looks at what came, and is paid or not.
   * @param {any} answer
   * @param {string} paidWith
   */
  async settle(answer, paidWith) {
    this.wait(say('working'));
    const { srciTransactionId } = this.initiator;
    const settled = await ask('POST', 'payments', {
      network: answer.network,
      checkoutResponse: answer.compact,
      srcCorrelationId: answer.srcCorrelationId,
      srciTransactionId,
      flowId: answer.headers?.['x-src-cx-flow-id'],
    });
    if (!settled.refused) this.meter.stop();
    this.phone.rest();
    this.thank(settled, paidWith, srciTransactionId);
    this.onpaid(settled);
  }

  /**
   * @param {any} settled
   * @param {string} paidWith
   * @param {string} order
   */
  thank(settled, paidWith, order) {
    this.show(say(settled.refused ? 'refusedByShop' : 'paid'),
      settled.refused ? null : el('p', { class: 'success', role: 'status', 'data-testid': 'paid' },
        say('paidWith', { card: paidWith })),
      // In English whatever the page's language is: it is for whoever shows the shop.
      settled.refused ? el('p', { class: 'problem small', role: 'alert', lang: 'en', dir: 'ltr', 'data-testid': 'refused' },
        settled.refused) : el('p', {}, say('paidAmount', { amount: money(this.cart.total) })),
      el('p', { class: 'quiet small' }, say('order', { number: order.slice(0, 8) })),
      button(say('buyAgain'), 'leading wide', () => this.again(), 'buy-again'));
  }

  /** A new purchase: the browser may be recognised by now. */
  async again() {
    this.initiator.renew();
    this.list = [];
    this.wait(say('opening'));
    try {
      await this.initiator.begin();
    } catch (problem) {
      return this.showProblem(problem);
    }
    return this.begin();
  }

  /** @param {unknown} problem */
  async showProblem(problem) {
    this.phone.rest();
    if (await this.phone.isOver()) {
      return this.show(say('clickToPay'), this.note(say('visitOver')),
        button(say('startAgain'), 'leading wide', () => at('reset').click()));
    }
    this.show(say('clickToPay'), this.note(explainProblem(problem)),
      el('p', { class: 'quiet' }, say('useTyped')),
      button(say('otherPerson'), 'wide', () => this.askWho(), 'try-again'));
  }
}

/**
 * As high as the network's page says that it is; the SDK checks who says so for all that matters.
 * @param {HTMLIFrameElement} frame
 * @param {MessageEvent} event
 */
function growTo(frame, event) {
  const height = Number(event.data?.data?.height);
  if (event.source !== frame.contentWindow || event.data?.type !== 'DCF_RESIZE' || !(height > 0)) return;
  frame.style.blockSize = `${Math.min(height + 2, FRAME_PIXELS_MAX)}px`;
}

/**
 * Why cards of some networks are not in the list.
 * @param {string} key
 * @param {Known[]} networks
 */
function remark(key, networks) {
  if (networks.length === 0) return null;
  return el('p', { class: 'note small' }, say(key, { network: networks.map((one) => one.label).join(', ') }));
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [hint]
 * @param {boolean} [checked]
 */
function checkbox(name, text, hint, checked = false) {
  const input = el('input', { type: 'checkbox', name, checked, 'data-testid': name });
  const root = el('label', { class: 'check' }, input,
    el('span', {}, text, hint ? ' ' : null, hint && el('span', { class: 'quiet small' }, hint)));
  return { input, root };
}

/**
 * A card of the list, as a radio button.
 * @param {ShownCard} card
 * @param {boolean} checked
 */
function choice(card, checked) {
  const brand = page.networks.find((one) => one.name === card.network)?.label ?? card.network;
  const state = card.state === 'EXPIRED' ? say('expired') : card.state === 'UNUSABLE' ? say('unusable') : null;
  return el('label', { class: `card-choice${state ? ' unusable' : ''}` },
    el('input', {
      type: 'radio', name: 'card', value: card.id, checked, disabled: state !== null, 'data-testid': 'card',
      'data-network': card.network,
    }),
    el('span', { class: `art ${card.network}`, 'aria-hidden': 'true' }, el('i')),
    el('span', { class: 'card-text' },
      el('span', {}, el('bdi', { lang: 'en' }, brand), ' ',
        el('span', { 'aria-label': say('endingIn', { digits: card.digits.split('').join(' ') }), role: 'img', class: 'digits' },
          el('bdi', { dir: 'ltr', 'aria-hidden': 'true', class: 'numbers' }, `•••• ${card.digits}`))),
      el('span', { class: 'quiet small' }, state ?? say('expires', { date: card.expires }))));
}

/** Masks as they are drawn. @param {string | undefined} masked one place, or several */
function bullets(masked) {
  return (masked ?? '').replace(/\*/g, '•').replace(/,\s*/g, ', ');
}
