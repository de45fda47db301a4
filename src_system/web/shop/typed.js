/** The same purchase without Click to Pay: everything is typed, and nothing leaves the page. */

import { networkOf } from './cards.js';
import { button, el, form } from './elements.js';
import { addressWishes, cardWishes, Fields } from './fields.js';
import { money, page, say } from './page.js';

export class Typed {
  /**
   * @param {HTMLElement} root
   * @param {import('./meter.js').Meter} meter
   * @param {import('./cart.js').Cart} cart
   * @param {any} shopper whom "fill in test data" takes the data of
   */
  constructor(root, meter, cart, shopper) {
    this.root = root;
    this.meter = meter;
    this.cart = cart;
    this.shopper = shopper;
    this.onpaid = () => {};
    meter.watch(root);
    this.begin();
  }

  begin() {
    this.meter.clear();
    this.fields = new Fields('typed', [
      { name: 'email', text: say('email'), autocomplete: 'email', ltr: true, inputmode: 'email' },
      { name: 'mobile', text: say('mobile'), autocomplete: 'tel', ltr: true, inputmode: 'tel' },
      ...cardWishes(),
      ...addressWishes(),
    ]);
    this.pay = el('button', { type: 'submit', class: 'button wide', 'data-testid': 'typed-pay' });
    this.empty = el('p', { class: 'problem', role: 'alert', hidden: true }, say('emptyCart'));
    this.showTotal();
    this.root.replaceChildren(form(() => this.send(),
      el('div', { class: 'fields' }, ...this.fields.all.map((one) => one.root)),
      button(say('fillIn'), 'plain', () => this.fillIn(), 'typed-fill'),
      this.empty, this.pay));
  }

  showTotal() {
    if (this.pay) this.pay.textContent = say('pay', { amount: money(this.cart.total) });
    if (this.empty && this.cart.total > 0) this.empty.hidden = true;
  }

  fillIn() {
    const { shopper } = this;
    this.meter.helped = true;
    const address = shopper.shippingAddresses?.[0] ?? {};
    this.fields?.fill({
      email: shopper.emailAddress,
      mobile: `+${shopper.mobileNumber.countryCode} ${shopper.mobileNumber.phoneNumber}`,
      number: '4111 1111 1111 1111',
      expiry: '12/30',
      securityCode: '123',
      name: shopper.fullName,
      street: address.line1,
      city: address.city,
      postcode: address.zip,
    });
  }

  send() {
    this.meter.start();
    if (!this.fields?.check()) return;
    if (this.cart.total === 0) return this.empty?.removeAttribute('hidden');
    this.meter.stop();
    const number = this.fields.get('number').digits;
    const brand = page.networks.find((one) => one.name === networkOf(number))?.label ?? '';
    const card = say('spokenEnding', { brand, digits: number.slice(-4) });
    const thanks = el('p', { class: 'success', role: 'status', tabindex: '-1', 'data-testid': 'typed-paid' },
      say('paid'));
    this.root.replaceChildren(thanks,
      el('p', { class: 'quiet small' }, say('paidWith', { card })),
      button(say('buyAgain'), 'plain', () => this.begin()));
    thanks.focus();
    this.onpaid();
  }
}

