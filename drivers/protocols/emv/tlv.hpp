#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "bench/runtime/result.hpp"

/// BER-TLV as EMV uses it (book 3 annex B): tags of one to three octets, definite lengths of one to three
/// octets.
namespace posbench::emv {

using Tag = std::uint32_t;  ///< the tag's octets, big-endian: 0x9F26

struct TlvError {
    std::size_t offset = 0;
    std::string what;  ///< "tag 9F26 at octet 12: length 300 exceeds the 8 octets left"

    TlvError() = default;
    TlvError(std::size_t octet, std::string sentence) : offset(octet), what(std::move(sentence)) {}
};
[[noreturn]] void throw_exception_from_error(const TlvError& error, const boost::source_location&);

struct Tlv {
    Tag tag = 0;
    Bytes value;                ///< primitive: the value; constructed: its octets as they stood
    std::vector<Tlv> children;  ///< constructed only
    bool constructed() const noexcept;
};

/// Templates in templates, the outermost counted.
inline constexpr int deepest_tlv = 8;

/// Whether the value of such an object is a list of objects (bit 6 of the tag's first octet).
bool is_constructed(Tag tag) noexcept;

/// What a data object begins with.
struct TlvHeader {
    Tag tag;
    std::size_t size;    ///< octets of tag and length
    std::size_t length;  ///< of the value, which is all there
};
/// Of the first data object in `octets`; the error as parse_tlv() gives it.
Result<TlvHeader, TlvError> parse_tlv_header(ByteView octets);

/// Reads a list of data objects; octets 00 between objects are skipped (book 3 annex B1). Depth at most
/// deepest_tlv.
/// Memory and time are bounded by that depth times the number of octets.
Result<std::vector<Tlv>, TlvError> parse_tlv(ByteView octets);
void append_tlv(Bytes& out, Tag tag, ByteView value);
/// Octets of the tag and of the definite length.
void append_tag(Bytes& out, Tag tag);
void append_length(Bytes& out, std::size_t length);

/// Data objects by tag, in order of insertion: a card's or a kernel's data base.
class TlvMap {
  public:
    void set(Tag tag, ByteView value);
    const Bytes* find(Tag tag) const noexcept;
    bool has(Tag tag) const noexcept { return find(tag) != nullptr; }
    ByteView get(Tag tag) const noexcept;  ///< empty when absent
    bool erase(Tag tag) noexcept;
    /// Takes in all primitive objects of a parsed list, those inside templates included. Returns tags that
    /// were there before.
    std::vector<Tag> absorb(const std::vector<Tlv>& list);
    struct Entry {
        Tag tag;
        Bytes value;
    };
    const std::vector<Entry>& entries() const noexcept { return entries_; }

  private:
    std::vector<Entry> entries_;
};

struct DolEntry {
    Tag tag;
    std::uint8_t length;
};
/// A data object list (PDOL, CDOL1, …): tag-length pairs.
Result<std::vector<DolEntry>, TlvError> parse_dol(ByteView octets);
/// Concatenates what a DOL asks for (book 3 clause 5.4): numeric data are cut or padded with 00 at the left,
/// compressed numeric cut or padded with FF at the right, the rest cut and padded with 00 at the right;
/// absent and constructed objects are zeros.
Bytes build_dol(const std::vector<DolEntry>& dol, const TlvMap& data);
/// Octets of the data that a DOL asks for.
std::size_t dol_size(const std::vector<DolEntry>& dol) noexcept;
/// The other side of build_dol: gives each object of `dol` its part of `octets`.
/// Precondition: `octets` has dol_size(dol) octets.
void read_dol(const std::vector<DolEntry>& dol, ByteView octets, TlvMap& data);

enum class Format : std::uint8_t { binary, numeric, compressed_numeric, text, variable };
/// Whether a value may stand in a trace in clear (drivers/protocols/emv/mask.hpp).
enum class Secrecy : std::uint8_t {
    open,
    free,       ///< issuers or merchants put into it what they like: flags, or an account number
    sensitive,  ///< never
};
struct TagInfo {
    Tag tag;
    std::string_view name;  ///< "Application Cryptogram"
    Format format;
    Secrecy secrecy;
};
/// All tags known, ascending.
std::span<const TagInfo> tag_dictionary() noexcept;
const TagInfo* find_tag(Tag tag) noexcept;
std::optional<Tag> find_tag_by_name(std::string_view name) noexcept;
std::string tag_to_string(Tag tag);  ///< "9F26"

/// The digits of a value of format cn (book 3 clause 4.3): those before the padding of F. None when a nibble
/// is no digit, or something else than F stands in the padding.
std::optional<std::string> compressed_numeric(ByteView value);

}  // namespace posbench::emv
