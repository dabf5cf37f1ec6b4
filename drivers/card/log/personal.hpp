#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/runtime/bytes.hpp"
#include "drivers/card/log/logged_card.hpp"

namespace posbench::card {

/// What must not be found in an image. As every value is searched for all of it, it learns so many account
/// numbers and names and no more; a log with more than that makes no image.
class Personal {
  public:
    static constexpr std::size_t most = 64;

    explicit Personal(const LoggedCard& card);
    /// What there is too much of, "more than 64 account numbers"; empty: it knows all there are.
    std::string_view excess() const noexcept { return excess_; }

    /// Whether a value may tell who the holder is or what the account: a PAN of the card, also one of which
    /// the log masks digits, as digits (packed, also shifted by half an octet, or one an octet) or
    /// characters, however short it is; its holder's name, whatever the order, case and separators of its
    /// parts; or 12 digits in characters in a row, with blanks, hyphens, points, slashes or none between
    /// them, whoever's they are.
    bool is_in(ByteView value) const;
    /// The same of a text, without the last: a file's name has digits of its own.
    bool is_named_in(std::string_view text) const;
    /// Whether digits are a PAN that the log tells whole.
    bool knows_number(std::string_view digits) const;
    /// Whether a PAN that the log tells whole, or a name, stands in an image, comments too: in its text, or
    /// in what any row of hexadecimal says. Names are not looked for in the words of comments. A test PAN may
    /// agree with a masked one, which is therefore not looked for.
    bool is_left_in(std::string_view toml) const;

  private:
    using Name = std::vector<std::string>;  ///< its words, in capitals

    void learn(const emv::UnmaskedData& data);
    void learn_number(const std::string& digits);
    void learn_name(ByteView name);
    /// Keeps `part` once, as long as there is room.
    template <typename Part>
    void keep(std::vector<Part>& parts, Part part, std::string_view excess);

    bool holds_whole_number(std::string_view digits) const;
    bool holds_number(std::string_view digits) const;
    bool holds_name(ByteView value) const;

    std::string_view excess_;
    std::vector<std::string> numbers_;  ///< whole
    std::vector<std::string> masked_;   ///< '*' for masked digits
    std::vector<Name> names_;
};

/// Whether 12 digits in a row stand in a value, in characters or one an octet: somebody's account number,
/// whoever's.
bool may_be_number(ByteView value);

/// Whether 12 digits in a row stand in a value, one an octet (unpacked BCD), not all of them the same.
bool has_unpacked_number(ByteView value);

}  // namespace posbench::card
