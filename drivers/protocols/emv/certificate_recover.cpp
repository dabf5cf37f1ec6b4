#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/protocols/emv/certificate.hpp"
#include "drivers/protocols/emv/certificate_fields.hpp"
#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::emv {
namespace {

using crypto::RsaPublicKey;

constexpr std::size_t hash_size = 20;
/// Octets around the key in a recovered certificate: book 2 clauses 5.3 and 6.4.
constexpr std::size_t issuer_overhead = 36, icc_overhead = 42;

Rejection reject(std::string_view clause, int step, std::string_view why) {
    return {clause, step, fmt::format("EMV book 2 clause {} step {}: {}", clause, step, why)};
}

/// A recovered block whose frame was found right.
class Block {
  public:
    explicit Block(Bytes octets) : octets_(std::move(octets)) {}
    std::uint8_t at(std::size_t position) const { return octets_.at(position); }
    ByteView part(std::size_t from, std::size_t count) const {
        return ByteView(octets_).subspan(from, count);
    }
    ByteView hashed() const { return part(1, octets_.size() - hash_size - 2); }
    ByteView hash() const { return part(octets_.size() - hash_size - 1, hash_size); }
    std::size_t size() const noexcept { return octets_.size(); }

  private:
    Bytes octets_;
};

/// Steps 1 to 4 of every clause: length, trailer, header, format. The shortest key (64 octets) has room for
/// every layout.
Result<Block, Rejection> open(std::string_view clause, const RsaPublicKey& key, ByteView signed_octets,
                              std::uint8_t format) {
    if (signed_octets.size() != key.size())
        return reject(clause, 1,
                      fmt::format("it has {}, the key that signed it {}",
                                  runtime::counted(signed_octets.size(), "octet"), key.size()));
    auto recovered = key.recover(signed_octets);
    if (!recovered) return reject(clause, 2, recovered.error().what);
    if (recovered->back() != 0xBC) return reject(clause, 2, "the trailer is not BC");
    if (recovered->front() != 0x6A) return reject(clause, 3, "the header is not 6A");
    if ((*recovered)[1] != format) return reject(clause, 4, fmt::format("the format is not {:02X}", format));
    return Block(*std::move(recovered));
}

/// The hash over a block and what follows it outside.
bool hash_holds(const Block& block, std::initializer_list<ByteView> outside) {
    Bytes data(block.hashed().begin(), block.hashed().end());
    for (const ByteView part : outside) data.insert(data.end(), part.begin(), part.end());
    return std::ranges::equal(crypto::sha1(data), block.hash());
}

/// Where things stand in the recovered certificate of a key.
struct Layout {
    std::string_view clause;
    std::uint8_t format;
    std::size_t overhead;  ///< octets that are not the key's
    std::size_t expiry;    ///< where MMYY stands; serial, indicators and lengths follow
    int algorithm_step;    ///< which step asks for the algorithm of the key
    int key_step;          ///< and which puts the key together
};
constexpr std::size_t serial_after = 2, hash_indicator_after = 5, key_indicator_after = 6, length_after = 7,
                      exponent_length_after = 8, key_after = 9;  // octets after MMYY

struct Taken {
    RsaPublicKey key;
    std::chrono::year_month expiry;
    std::array<std::uint8_t, 3> serial{};
};

/// Steps 1 to 7: the certificate is whole.
Result<Block, Rejection> open_certificate(const Layout& layout, const RsaPublicKey& signer,
                                          const CertifiedKey& certified, ByteView static_data) {
    auto block = open(layout.clause, signer, certified.certificate, layout.format);
    if (!block) return block.error();
    const std::size_t room = block->size() - layout.overhead;
    const std::size_t length = block->at(layout.expiry + length_after);
    const std::size_t remainder = length > room ? length - room : 0;
    if (certified.remainder.size() != remainder)
        return reject(layout.clause, 5,
                      fmt::format("the key's remainder has {} instead of {}",
                                  runtime::counted(certified.remainder.size(), "octet"), remainder));
    if (certified.exponent.size() != block->at(layout.expiry + exponent_length_after))
        return reject(layout.clause, 5, "the exponent has another length than the certificate says");
    if (block->at(layout.expiry + hash_indicator_after) != 0x01)
        return reject(layout.clause, 6, "the hash algorithm is not known");
    if (!hash_holds(*block, {certified.remainder, certified.exponent, static_data}))
        return reject(layout.clause, 7, "the hash differs");
    return block;
}

/// The last steps: expiry, algorithm, and the key itself.
Result<Taken, Rejection> take_key(const Layout& layout, const Block& block, const CertifiedKey& certified,
                                  std::chrono::year_month_day today) {
    const auto expiry = fields::month_of(block.part(layout.expiry, 2));
    if (!expiry) return reject(layout.clause, 9, "the expiry date is no month");
    if (fields::has_expired(*expiry, today)) return reject(layout.clause, 9, "the certificate has expired");
    if (block.at(layout.expiry + key_indicator_after) != 0x01)
        return reject(layout.clause, layout.algorithm_step, "the algorithm of the key is not known");
    const std::size_t length = block.at(layout.expiry + length_after);
    const ByteView in_block =
        block.part(layout.expiry + key_after, std::min(length, block.size() - layout.overhead));
    Bytes modulus(in_block.begin(), in_block.end());
    modulus.insert(modulus.end(), certified.remainder.begin(), certified.remainder.end());
    auto key = RsaPublicKey::from_components(modulus, certified.exponent);
    if (!key) return reject(layout.clause, layout.key_step, key.error().what);
    Taken taken{*std::move(key), *expiry};
    std::ranges::copy(block.part(layout.expiry + serial_after, taken.serial.size()), taken.serial.begin());
    return taken;
}

/// Steps 1 to 4 for dynamic data, and that its lengths fit.
Result<Block, Rejection> open_dynamic(std::string_view clause, const RsaPublicKey& icc,
                                      ByteView signed_data) {
    constexpr std::size_t around = 25;
    auto block = open(clause, icc, signed_data, 0x05);
    if (!block) return block.error();
    if (block->at(3) > block->size() - around || block->at(3) == 0)
        return reject(clause, 5, "the length of the ICC dynamic data does not fit");
    return block;
}

}  // namespace

void throw_exception_from_error(const Rejection& rejection, const boost::source_location&) {
    throw std::runtime_error(rejection.what);
}

Result<IssuerKey, Rejection> recover_issuer_key(OfflineAuthentication method, const RsaPublicKey& authority,
                                                const CertifiedKey& certified, std::string_view pan,
                                                std::chrono::year_month_day today) {
    const std::string_view clause = method == OfflineAuthentication::static_data ? "5.3" : "6.3";
    const Layout layout{clause, 0x02, issuer_overhead, 6, 11, 12};
    auto block = open_certificate(layout, authority, certified, {});
    if (!block) return block.error();
    const auto identifier = compressed_numeric(block->part(2, 4));
    if (!identifier || identifier->size() < 3 || !pan.starts_with(*identifier))
        return reject(clause, 8, "the issuer identifier is not what the PAN begins with");
    auto taken = take_key(layout, *block, certified, today);
    if (!taken) return taken.error();
    return IssuerKey{{*identifier, taken->expiry, taken->serial}, std::move(taken->key)};
}

Result<IccKey, Rejection> recover_icc_key(const RsaPublicKey& issuer, const CertifiedKey& certified,
                                          std::string_view pan, std::chrono::year_month_day today,
                                          ByteView static_data) {
    const std::string_view clause = "6.4";
    const Layout layout{clause, 0x04, icc_overhead, 12, 10, 11};
    auto block = open_certificate(layout, issuer, certified, static_data);
    if (!block) return block.error();
    const auto own_pan = compressed_numeric(block->part(2, 10));
    if (!own_pan || *own_pan != pan) return reject(clause, 8, "the PAN differs");
    auto taken = take_key(layout, *block, certified, today);
    if (!taken) return taken.error();
    return IccKey{{*own_pan, taken->expiry, taken->serial}, std::move(taken->key)};
}

Result<std::array<std::uint8_t, 2>, Rejection> verify_static_data(const RsaPublicKey& issuer,
                                                                  ByteView signed_data,
                                                                  ByteView static_data) {
    const std::string_view clause = "5.4";
    auto block = open(clause, issuer, signed_data, 0x03);
    if (!block) return block.error();
    if (block->at(2) != 0x01) return reject(clause, 6, "the hash algorithm is not known");
    if (!hash_holds(*block, {static_data})) return reject(clause, 7, "the hash differs");
    return std::array{block->at(3), block->at(4)};
}

Result<Bytes, Rejection> verify_dynamic_data(const RsaPublicKey& icc, ByteView signed_data,
                                             ByteView terminal_data) {
    const std::string_view clause = "6.5.2";
    auto block = open_dynamic(clause, icc, signed_data);
    if (!block) return block.error();
    if (block->at(2) != 0x01) return reject(clause, 6, "the hash algorithm is not known");
    if (!hash_holds(*block, {terminal_data})) return reject(clause, 7, "the hash differs");
    const std::size_t length = block->at(4);
    if (length < 2 || length > 8 || length + 1 > block->at(3))
        return reject(clause, 7, "the ICC dynamic number has not 2 to 8 octets");
    const ByteView number = block->part(5, length);
    return Bytes(number.begin(), number.end());
}

/// They are cut out, not written anew: a length may have more octets than it needs.
Bytes objects_without_signature(const Tlv& answer) {
    constexpr Tag signed_dynamic_data = 0x9F4B;
    const Bytes& octets = answer.value;
    Bytes out;
    std::size_t at = 0;
    for (const Tlv& object : answer.children) {
        while (octets.at(at) == 0x00) ++at;  // padding
        const std::size_t begin = at;
        at += object.tag > 0xFFFF ? 3 : object.tag > 0xFF ? 2 : 1;
        at += octets.at(at) < 0x80 ? 1U : 1U + (octets[at] & 0x7FU);
        at += object.value.size();
        if (object.tag == signed_dynamic_data) continue;
        out.insert(out.end(), octets.begin() + static_cast<std::ptrdiff_t>(begin),
                   octets.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return out;
}

Result<CombinedAnswer, Rejection> verify_combined_data(
    const RsaPublicKey& icc, ByteView signed_data, std::uint8_t cid,
    const std::array<std::uint8_t, 4>& unpredictable_number, ByteView transaction_data) {
    const std::string_view clause = "6.6.2";
    constexpr std::size_t after_number = 1 + 8 + hash_size;  // CID, cryptogram, transaction data hash code
    auto block = open_dynamic(clause, icc, signed_data);
    if (!block) return block.error();
    const std::size_t length = block->at(4);
    if (length < 2 || length > 8 || 1 + length + after_number > block->at(3))
        return reject(clause, 5, "the ICC dynamic data has not the parts of clause 6.6.1");
    if (block->at(5 + length) != cid)
        return reject(clause, 6, "the cryptogram information data differs from the answer's");
    if (block->at(2) != 0x01) return reject(clause, 8, "the hash algorithm is not known");
    if (!hash_holds(*block, {unpredictable_number})) return reject(clause, 9, "the hash differs");
    if (!std::ranges::equal(crypto::sha1(transaction_data), block->part(14 + length, hash_size)))
        return reject(clause, 12, "the hash of the transaction data differs");

    CombinedAnswer answer;
    const ByteView number = block->part(5, length);
    answer.number.assign(number.begin(), number.end());
    std::ranges::copy(block->part(6 + length, 8), answer.cryptogram.begin());
    return answer;
}

Result<Bytes, Rejection> static_data_to_be_authenticated(std::span<const AuthenticatedRecord> records,
                                                         ByteView tag_list, ByteView aip) {
    const auto refuse = [](std::string_view why) {
        return Rejection{"10.3", 0, fmt::format("EMV book 3 clause 10.3: {}", why)};
    };
    Bytes out;
    for (const AuthenticatedRecord& record : records) {
        if (record.sfi < 1 || record.sfi > 30) return refuse("a short file identifier is 1 to 30");
        const Bytes* octets = &record.octets;
        const auto objects = parse_tlv(record.octets);
        if (record.sfi <= 10) {
            if (!objects || objects->size() != 1 || objects->front().tag != 0x70)
                return refuse("a record to be authenticated is not one template 70");
            octets = &objects->front().value;
        }
        out.insert(out.end(), octets->begin(), octets->end());
    }
    if (tag_list.empty()) return out;
    if (tag_list.size() != 1 || tag_list[0] != 0x82)
        return refuse("the static data authentication tag list names more than the AIP");
    if (aip.size() != 2) return refuse("the AIP has not 2 octets");
    out.insert(out.end(), aip.begin(), aip.end());
    return out;
}

}  // namespace posbench::emv
