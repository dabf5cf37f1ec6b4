#pragma once

#include <cstddef>
#include <span>

#include "drivers/protocols/emv/authority_key_config.hpp"
#include "drivers/protocols/emv/tlv.hpp"
#include "drivers/terminal/emulated/downloads.hpp"

/// The data objects of one downloaded key or application.
namespace posbench::terminal {

namespace tag {
inline constexpr emv::Tag listed_name = 0x9F06;  ///< RID of a key, AID of an application
inline constexpr emv::Tag listed_index = 0x9F22;
inline constexpr emv::Tag listed_expiry = 0xDF05;
}  // namespace tag

/// An object that an entry may have, and how long it is.
struct ObjectForm {
    emv::Tag tag;
    std::size_t least, most;  ///< octets
    bool required = false;
};

/// Reads an entry that has no objects but those of `forms`, each once and of its length, and all that are
/// required.
/// @param text of the fault
Result<emv::TlvMap, DownloadFault> read_objects(ByteView octets, std::span<const ObjectForm> forms,
                                                Text text);

/// "A000000333 80", of an entry's objects as far as it has them, and the object in question; for faults.
std::string place_of(const emv::TlvMap& objects, emv::Tag object);

/// The answer to 371: RID, index, last day of use, hash and algorithm, modulus, exponent, check sum; of SM2
/// the point in place of the modulus, and no exponent and check sum. The check sum is verified (EMV book 2
/// clause 11.2).
Result<emv::AuthorityKey, DownloadFault> read_authority_key(ByteView octets, const Defects& defects);

/// The answer to 381. What it does not bring is as in a profile that does not say it; without DF20 and DF21
/// the application is not used over the field. 9F7B means nothing to this terminal.
Result<AcceptedApplication, DownloadFault> read_application(ByteView octets, const Currency& currency);

}  // namespace posbench::terminal
