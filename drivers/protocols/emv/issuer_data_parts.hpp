#pragma once

#include "drivers/protocols/emv/describe.hpp"

namespace posbench::emv {

/// The parts of issuer application data, tag 9F10, as each scheme lays it out:
///
///     Visa          06 DKI CVN CVR(03, 3 octets), or 1F CVN DKI CVR(5); then the issuer's own
///     UnionPay      07 DKI CVN CVR(03, 3 octets) algorithm(01 triple DES, 04 SM4); then the issuer's own
///     Mastercard    DKI CVN CVR(6) DAC or ICC dynamic number(2) counters(0, 8, 10, 16 or 18)
///     any           0F CCI DKI CVR(5) counters(8) 0F and 15 of the issuer's own
///
/// DKI: derivation key index, CVN: cryptogram version number, CVR: card verification results, DAC: data
/// authentication code, CCI: common core identifier. Sources: VIS 1.4 and Visa contactless payment
/// specification 2.2 supplement, appendix M; PBOC 2.0 part 5; M/Chip requirements for contact and
/// contactless, appendix B; EMV book 3 annex C9. Empty for other schemes and for what has another form.
Lines issuer_data_parts(ByteView tag_9f10, Scheme scheme, int depth);

}  // namespace posbench::emv
