#pragma once

#include <string>

#include "bench/runtime/bytes.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::emv {

/// What is wrong with the value of a data object that a card bears: another length than its own, digits that
/// are none, a date, list or template that cannot be read. A sentence that repeats nothing of the value;
/// empty when nothing is wrong, and for objects of which EMV lays down no form (book 3 annexes A and B, book
/// 1 annex B).
std::string object_fault(Tag tag, ByteView value);

/// The same for a cardholder verification method list, tag 8E (book 3 clause 10.5): two amounts of four
/// octets, then rules of two, one at least.
std::string cvm_list_fault(ByteView value);

}  // namespace posbench::emv
