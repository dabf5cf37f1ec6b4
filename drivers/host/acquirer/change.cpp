#include "drivers/host/acquirer/change.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/ascii.hpp"
#include "bench/runtime/plural.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::host {
namespace {

using config::Reader;
using iso8583::Code;
using iso8583::Content;
using iso8583::FieldFormat;

constexpr int response_code = 39;
/// An integer of so many digits fits into 64 bits.
constexpr std::size_t longest_sum = 18;

/// A change of one field. A MAC that is right over it would have a terminal believe it.
class FieldChange : public Change {
  public:
    explicit FieldChange(int field) noexcept : field_(field) {}
    std::string describe() const override { return fmt::format("field {}", field_); }

  protected:
    int field() const noexcept { return field_; }
    FieldFormat& format(Draft& draft) const { return draft.dialect.fields[static_cast<std::size_t>(field_)]; }

  private:
    int field_;
};

class SetField final : public FieldChange {
  public:
    SetField(int field, std::string value) : FieldChange(field), value_(std::move(value)) {}
    bool shape(Draft& draft) const override {
        if (format(draft).content == Content::none)
            format(draft) = {.content = Content::octets, .size = static_cast<std::uint16_t>(value_.size())};
        draft.message.set(field(), value_);
        return true;
    }
    Decision decision() const noexcept override {
        if (field() != response_code) return Decision::unchanged;
        return iso8583::approves(value_) ? Decision::approval : Decision::other;
    }

  private:
    std::string value_;
};

class AddToField final : public FieldChange {
  public:
    AddToField(int field, std::int64_t summand) noexcept : FieldChange(field), summand_(summand) {}
    bool shape(Draft& draft) const override {
        const std::string_view digits = draft.message.get(field());
        std::int64_t value = 0, modulus = 1;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (digits.empty() || digits.size() > longest_sum || error != std::errc() ||
            end != digits.data() + digits.size())
            return false;
        for (std::size_t i = 0; i < digits.size(); ++i) modulus *= 10;
        const std::int64_t sum = ((value + summand_ % modulus) % modulus + modulus) % modulus;
        draft.message.set(field(), fmt::format("{:0{}}", sum, digits.size()));
        return true;
    }

  private:
    std::int64_t summand_;
};

class RemoveField final : public FieldChange {
  public:
    using FieldChange::FieldChange;
    bool shape(Draft& draft) const override {
        if (!draft.message.has(field())) return false;
        draft.message.clear(field());
        return true;
    }
};

/// The field's octets on the wire, as many as the mask has.
class XorField final : public FieldChange {
  public:
    XorField(int field, Bytes mask) : FieldChange(field), mask_(std::move(mask)) {}
    bool shape(Draft& draft) const override { return draft.message.has(field()); }
    void bend(Bytes& octets, const Draft& draft) const override {
        const auto view = iso8583::MessageView::parse(draft.dialect, octets);
        if (!view) throw std::logic_error("host: an answer of its own cannot be read: " + view.error().what);
        const ByteView wire = view->wire(field());
        const auto begin = octets.begin() + (wire.data() - octets.data());
        for (std::size_t i = 0; i < std::min(mask_.size(), wire.size()); ++i)
            begin[static_cast<std::ptrdiff_t>(i)] ^= mask_[i];
    }
    Decision decision() const noexcept override {
        return field() == response_code ? Decision::other : Decision::unchanged;
    }

  private:
    Bytes mask_;
};

/// So many characters or octets more, the last one repeated, or fewer; a field of fixed length takes the new
/// one.
class ResizeField final : public FieldChange {
  public:
    ResizeField(int field, std::int64_t difference) noexcept : FieldChange(field), difference_(difference) {}
    bool shape(Draft& draft) const override {
        if (!draft.message.has(field())) return false;
        std::string value(draft.message.get(field()));
        const auto size = static_cast<std::int64_t>(value.size()) + difference_;
        FieldFormat& form = format(draft);
        value.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(size, 0, longest(form))),
                     value.empty() ? '0' : value.back());
        form.shortest = 0;
        form.size = static_cast<std::uint16_t>(value.size());
        draft.message.set(field(), std::move(value));
        return true;
    }

  private:
    /// What the field's own length can write.
    static std::int64_t longest(const FieldFormat& form) noexcept {
        constexpr std::int64_t of_fixed = 999;
        if (!form.varies()) return of_fixed;
        if (form.length_code == Code::binary) return form.length_octets() == 1 ? 255 : of_fixed;
        return std::min<std::int64_t>(of_fixed, form.length_digits == 1   ? 9
                                                : form.length_digits == 2 ? 99
                                                                          : 999);
    }

    std::int64_t difference_;
};

/// The bit in the bitmap, and no octet of the field.
class SetBit final : public FieldChange {
  public:
    using FieldChange::FieldChange;
    std::string describe() const override { return fmt::format("bit {} without its field", field()); }
    bool shape(Draft& draft) const override {
        format(draft) = {.content = Content::octets, .size = 0};
        draft.message.set(field(), std::string());
        return true;
    }
};

class SetMessageType final : public Change {
  public:
    explicit SetMessageType(std::string mti) noexcept : mti_(std::move(mti)) {}
    std::string describe() const override { return "message type"; }
    bool shape(Draft& draft) const override {
        iso8583::Message message(mti_);
        for (const int field : draft.message.fields())
            message.set(field, std::string(draft.message.get(field)));
        draft.message = std::move(message);
        return true;
    }

  private:
    std::string mti_;
};

class SetTpdu final : public Change {
  public:
    explicit SetTpdu(Bytes tpdu) noexcept : tpdu_(std::move(tpdu)) {}
    std::string describe() const override { return "TPDU"; }
    bool shape(Draft& draft) const override {
        draft.tpdu = tpdu_;
        return true;
    }
    bool covered() const noexcept override { return false; }

  private:
    Bytes tpdu_;
};

class SetHeader final : public Change {
  public:
    explicit SetHeader(Bytes header) noexcept : header_(std::move(header)) {}
    std::string describe() const override { return "header"; }
    bool shape(Draft& draft) const override {
        draft.header = header_;
        return true;
    }
    bool covered() const noexcept override { return false; }

  private:
    Bytes header_;
};

class SetLength final : public Change {
  public:
    SetLength(std::int64_t length, bool relative) noexcept : length_(length), relative_(relative) {}
    std::string describe() const override { return "length"; }
    std::size_t claim(std::size_t octets) const override {
        const auto real = static_cast<std::int64_t>(octets);
        return static_cast<std::size_t>(std::max<std::int64_t>(0, relative_ ? real + length_ : length_));
    }
    bool covered() const noexcept override { return false; }

  private:
    std::int64_t length_;
    bool relative_;
};

using ChangePtr = std::unique_ptr<const Change>;

/// The one key of these that is there.
std::string one_of(const Reader& then, const std::vector<std::string>& keys, std::string_view what) {
    std::string found;
    for (const std::string& key : keys) {
        if (!then.has(key)) continue;
        if (!found.empty()) then.fail(key, fmt::format("{} takes '{}' or '{}', not both", what, found, key));
        found = key;
    }
    if (found.empty())
        throw config::ConfigError(then.source(),
                                  fmt::format("{} needs one of '{}'", what, fmt::join(keys, "', '")));
    return found;
}

int read_field(Reader& then, std::string_view key, const iso8583::Dialect& dialect) {
    const int last = dialect.secondary ? iso8583::last_field : iso8583::last_primary_field;
    const int field = static_cast<int>(*then.integer(key, iso8583::first_field, last));
    if (iso8583::is_mac_field(field))
        then.fail(key, fmt::format("{} {} is the MAC: say what becomes of it with 'mac'", key, field));
    return field;
}

/// A value that the field can have; of octets, and of a field that the dialect has not, hexadecimal.
std::string read_value(Reader& then, int field, const iso8583::Dialect& dialect) {
    const Content content = dialect.field(field).content;
    const bool in_characters = content != Content::none && content != Content::octets;
    std::string value = in_characters ? *then.text("value") : std::string(as_text(*then.bytes("value")));
    if (content == Content::none) {
        if (value.size() > 255) then.fail("value", "value must have at most 255 octets");
        return value;
    }
    iso8583::Message probe("0210");
    probe.set(field, value);
    try {
        iso8583::encode(dialect, probe);
    } catch (const std::invalid_argument& unfit) {
        then.fail("value", unfit.what());
    }
    return value;
}

/// The sum is taken without its carry, so a power of ten beyond the field adds nothing.
bool changes_no_digit(const FieldFormat& format, std::int64_t summand) {
    if (format.varies()) return summand == 0;
    std::int64_t modulus = 1;
    for (int i = 0; i < format.size; ++i) modulus *= 10;
    return summand % modulus == 0;
}

ChangePtr read_field_change(Reader& then, const iso8583::Dialect& dialect) {
    const int field = read_field(then, "field", dialect);
    const std::string how =
        one_of(then, {"value", "add", "remove", "xor", "lengthen", "shorten"}, "alter of a field");
    const FieldFormat& format = dialect.field(field);
    if (how == "value") return std::make_unique<SetField>(field, read_value(then, field, dialect));
    if (format.content == Content::none)
        then.fail("field", fmt::format("field {} is not in dialect '{}': 'value' (hexadecimal) can add it",
                                       field, dialect.name));
    if (how == "remove") {
        if (then.boolean("remove") != true) then.fail("remove", "remove must be true");
        return std::make_unique<RemoveField>(field);
    }
    if (how == "add") {
        constexpr std::int64_t most = 1'000'000'000'000;
        if (format.content != Content::digits || format.size > longest_sum)
            then.fail("add", fmt::format("add needs a field of at most {} digits, and field {} is none",
                                         longest_sum, field));
        const std::int64_t add = *then.integer("add", -most, most);
        if (changes_no_digit(format, add))
            then.fail("add", fmt::format("add {} leaves every digit of field {} as it is", add, field));
        return std::make_unique<AddToField>(field, add);
    }
    if (how == "xor") {
        Bytes mask = *then.bytes("xor");
        if (std::ranges::all_of(mask, [](std::uint8_t octet) { return octet == 0; }))
            then.fail("xor", "xor must have a bit that is set");
        if (const std::size_t octets = format.wire_octets(format.size); mask.size() > octets)
            then.fail("xor", fmt::format("xor has {}, and field {} has {} at most",
                                         runtime::counted(mask.size(), "octet"), field, octets));
        return std::make_unique<XorField>(field, std::move(mask));
    }
    const std::int64_t by = *then.integer(how, 1, 999);
    return std::make_unique<ResizeField>(field, how == "lengthen" ? by : -by);
}

ChangePtr read_length(Reader& then) {
    constexpr std::int64_t most = 65535;
    if (!then.raw("length")->get<config::Table>())
        return std::make_unique<SetLength>(*then.integer("length", 0, most), false);
    Reader length = *then.table("length", "length");
    const std::int64_t add = length.require("add", length.integer("add", -most, most));
    if (add == 0) length.fail("add", "add 0 leaves the length as it is");
    length.finish();
    return std::make_unique<SetLength>(add, true);
}

}  // namespace

std::unique_ptr<const Change> read_change(Reader& then, const Terms& terms) {
    const std::string what = one_of(then, {"field", "mti", "tpdu", "header", "length", "bit"}, "alter");
    if (what == "field") return read_field_change(then, terms.dialect);
    if (what == "bit") return std::make_unique<SetBit>(read_field(then, "bit", terms.dialect));
    if (what == "length") return read_length(then);
    if (what == "mti") {
        const std::string mti = *then.text("mti");
        if (mti.size() != 4 || !runtime::is_all_digits(mti)) then.fail("mti", "mti must be 4 digits");
        return std::make_unique<SetMessageType>(mti);
    }
    Bytes octets = *then.bytes(what);
    if (what == "header") {
        if (octets.size() > 32) then.fail("header", "header must have at most 32 octets");
        return std::make_unique<SetHeader>(std::move(octets));
    }
    if (!terms.dialect.framing.tpdu)
        then.fail("tpdu", fmt::format("dialect '{}' has no TPDU", terms.dialect.name));
    if (octets.size() != 5) then.fail("tpdu", fmt::format("tpdu must be 5 octets, not {}", octets.size()));
    return std::make_unique<SetTpdu>(std::move(octets));
}

}  // namespace posbench::host
