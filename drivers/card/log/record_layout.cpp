#include "drivers/card/log/record_layout.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/plural.hpp"
#include "drivers/card/emulated/records.hpp"
#include "drivers/protocols/emv/mask.hpp"

namespace posbench::card {
namespace {

using emv::Tag;

constexpr std::size_t longest_value = 252;

/// Certificates and the public keys in parts around them (EMV book 2 clauses 5 to 7).
constexpr std::array<Tag, 11> key_tags{0x8F,   0x90,   0x92,   0x93,   0x9F2D, 0x9F2E,
                                       0x9F2F, 0x9F32, 0x9F46, 0x9F47, 0x9F48};
/// Made for one transaction.
constexpr std::array<Tag, 5> passing_tags{0x9F26, 0x9F45, 0x9F4B, 0x9F4C, 0x9F10};

/// What issuers and merchants put where they like (EMV book 3 annex A, books C-2 and C-3).
constexpr std::array<Tag, 3> free_tags{0x9F05, 0x9F6E, 0x9F7C};

template <std::size_t N>
bool among(const std::array<Tag, N>& tags, Tag tag) noexcept {
    return std::ranges::find(tags, tag) != tags.end();
}

class Layouter {
  public:
    Layouter(const LoggedApplication& application, const Account& account, const Personal& personal)
        : application_(application), personal_(personal) {
        derive_account_data(account, account_data_);
    }

    LaidRecords lay_out() && {
        for (const LoggedRecord* record : wanted()) lay_record(*record);
        record_ = nullptr;
        lay_out(application_.further, layout_.control);
        lay_out(application_.counters, layout_.objects);
        name_tags("left out, for nobody else has the keys: ", keys_left_out_);
        name_tags("left out, made for one transaction: ", passing_left_out_);
        name_tags("left out, may be the holder's or the account's: ", personal_left_out_);
        if (!application_.records.empty() && layout_.records.empty())
            say("Nothing of the records can be given again: the customary three");
        return std::move(layout_);
    }

  private:
    void lay_out(const emv::TlvMap& objects, std::vector<std::pair<Tag, Bytes>>& out) {
        for (const auto& [tag, value] : objects.entries()) {
            if (tag == 0x9F36 || tag == 0x9F13 || tag == 0x9F17) continue;
            remember(tag, value);
            if (fate_of(tag, value) == Fate::kept && !value.empty() && value.size() <= longest_value)
                out.emplace_back(tag, value);
        }
    }

    enum class Fate { account, kept, key, passing, masked, personal };

    Fate fate_of(Tag tag, ByteView value) const {
        if (among(key_tags, tag)) return Fate::key;
        if (among(passing_tags, tag)) return Fate::passing;
        if (account_data_.has(tag)) return Fate::account;
        if (is_masked(tag)) return Fate::masked;
        constexpr std::size_t harmless = 4;
        if (among(free_tags, tag) && value.size() > harmless) return Fate::personal;
        if (emv::is_hidden(tag, value.size()) || personal_.is_in(value)) return Fate::personal;
        // Of binary objects 12 octets below 10 may well be a list.
        const emv::TagInfo* info = emv::find_tag(tag);
        if ((!info || info->format == emv::Format::text) && has_unpacked_number(value)) return Fate::personal;
        return Fate::kept;
    }

    bool is_masked(Tag tag) const {
        return record_ && std::ranges::find(record_->data.masked, tag, &emv::MaskedObject::tag) !=
                              record_->data.masked.end();
    }

    /// In the order of the file locator; a record that it does not name is no part of the application's data.
    std::vector<const LoggedRecord*> wanted() {
        std::vector<const LoggedRecord*> records;
        const Bytes& afl = application_.afl;
        if (afl.empty() || afl.size() % 4 != 0) {
            if (application_.options_format != 0)
                say("The card gave no file locator: all records of files 1 to 10");
            for (const LoggedRecord& record : application_.records)
                if (record.sfi <= 10) records.push_back(&record);
            return records;
        }
        for (std::size_t i = 0; i < afl.size(); i += 4)
            for (unsigned number = afl[i + 1]; number <= afl[i + 2]; ++number)
                want(static_cast<std::uint8_t>(afl[i] >> 3), static_cast<std::uint8_t>(number), records);
        for (const LoggedRecord& record : application_.records)
            if (std::ranges::find(records, &record) == records.end())
                say(fmt::format("Read, but not in the file locator, and left out: record {} of SFI {}",
                                record.number, record.sfi));
        return records;
    }

    /// A locator may name thousands of records.
    void say(std::string sentence) {
        if (layout_.comments.size() < most_sentences) layout_.comments.push_back(std::move(sentence));
    }

    void want(std::uint8_t sfi, std::uint8_t number, std::vector<const LoggedRecord*>& records) {
        const auto found = std::ranges::find_if(application_.records, [&](const LoggedRecord& record) {
            return record.sfi == sfi && record.number == number;
        });
        if (found == application_.records.end())
            say(fmt::format("In the file locator, but not in the log: record {} of SFI {}", number, sfi));
        else if (std::ranges::find(records, &*found) == records.end())
            records.push_back(&*found);
    }

    void lay_record(const LoggedRecord& record) {
        LaidRecord laid{record.sfi, record.number, {}, {}, {}};
        record_ = &record;
        say_masked(record);
        const auto list = emv::parse_tlv(record.data.octets);
        if (!list) {
            laid.raw = blanked(record.data.octets);
            laid.comment = "no BER-TLV: what cannot be read or may be the holder's is zeros";
            if (layout_.notes.size() < most_sentences)
                layout_.notes.push_back(
                    fmt::format("record {} of SFI {} is no BER-TLV, by the card or by the log: kept as long "
                                "as it is, with zeros",
                                record.number, record.sfi));
        } else if (!lay_objects(*list, laid)) {
            laid.raw = rewritten(*list);
        }
        if (laid.raw ? laid.raw->size() > longest_record || laid.raw->empty() : laid.holds.empty()) {
            say(fmt::format(
                "Left out: record {} of SFI {}, {}", record.number, record.sfi,
                laid.raw && !laid.raw->empty() ? "too long for an answer" : "of which nothing is kept"));
            return;
        }
        layout_.records.push_back(std::move(laid));
    }

    void say_masked(const LoggedRecord& record) {
        std::vector<Tag> replaced, left_out;
        for (const emv::MaskedObject& object : record.data.masked)
            (account_data_.has(object.tag) ? replaced : left_out).push_back(object.tag);
        std::vector<std::string> parts;
        if (!replaced.empty()) parts.push_back(named(replaced) + " made test data");
        if (!left_out.empty()) parts.push_back(named(left_out) + " left out");
        if (record.data.lost > 0)
            parts.push_back(runtime::counted(record.data.lost, "octet") + " at the end left out");
        if (parts.empty()) return;
        const std::string sentence = fmt::format("masked in record {} of SFI {}: {}", record.number,
                                                 record.sfi, fmt::join(parts, "; "));
        say("In the log " + sentence);
        if (layout_.notes.size() < most_sentences) layout_.notes.push_back(sentence);
    }

    /// True when one template 70 of objects is all there is, each with a value that the application has for
    /// the tag in every record.
    bool lay_objects(const std::vector<emv::Tlv>& list, LaidRecord& laid) {
        if (list.size() != 1 || list.front().tag != 0x70) return false;
        std::vector<std::pair<Tag, Bytes>> values;
        for (const emv::Tlv& object : list.front().children) {
            const Fate fate = fate_of(object.tag, object.value);
            if (fate == Fate::kept) {
                if (object.constructed() || object.value.empty() || object.value.size() > longest_value)
                    return false;
                const Bytes* other = kept_.find(object.tag);
                if (other && *other != object.value) return false;
            }
            const bool twice =
                std::ranges::any_of(values, [&](const auto& value) { return value.first == object.tag; });
            if (twice) return false;
            if (fate == Fate::kept || fate == Fate::account) values.emplace_back(object.tag, object.value);
        }
        for (const emv::Tlv& object : list.front().children) remember(object.tag, object.value);
        for (auto& [tag, value] : values) {
            laid.holds.push_back(tag);
            if (!keeps_value(tag, value) || kept_.has(tag)) continue;
            kept_.set(tag, value);
            layout_.tags.emplace_back(tag, value);
        }
        return true;
    }

    /// Whether the card's own value is written down. Dates, service code and sequence number are, when the
    /// account could not take them; the lists have keys of their own.
    bool keeps_value(Tag tag, const Bytes& value) const {
        if (tag == 0x8C || tag == 0x8D) return false;
        if (!account_data_.has(tag)) return true;
        if (is_masked(tag)) return false;
        const bool harmless = tag == 0x5F24 || tag == 0x5F25 || tag == 0x5F30 || tag == 0x5F34;
        return harmless && value != *account_data_.find(tag) && value.size() <= 4 && !value.empty();
    }

    void remember(Tag tag, ByteView value) {
        const auto add = [tag](std::vector<Tag>& tags) {
            if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
        };
        switch (fate_of(tag, value)) {
            case Fate::key:
                return add(keys_left_out_);
            case Fate::passing:
                return add(passing_left_out_);
            case Fate::personal:
                return add(personal_left_out_);
            case Fate::account:
            case Fate::kept:
            case Fate::masked:  // told for each record
                return;
        }
    }

    /// The same objects in the same templates, with test data.
    Bytes rewritten(const std::vector<emv::Tlv>& list) {
        Bytes out;
        for (const emv::Tlv& object : list) {
            if (object.constructed() && !emv::is_hidden(object.tag, object.value.size())) {
                emv::append_tlv(out, object.tag, rewritten(object.children));
                continue;
            }
            remember(object.tag, object.value);
            const Fate fate = fate_of(object.tag, object.value);
            if (fate == Fate::account) emv::append_tlv(out, object.tag, account_data_.get(object.tag));
            if (fate == Fate::kept) emv::append_tlv(out, object.tag, object.value);
        }
        return out;
    }

    /// As long as it was. Behind an object that nobody knows nothing is sure to be a tag or a length: data
    /// that are laid out another way look like small objects, and would get out with what stands in them.
    Bytes blanked(ByteView octets) {
        Bytes out;
        bool known = true;
        append_known(out, octets, known);
        return out;
    }

    void append_known(Bytes& out, ByteView octets, bool& known) {
        while (!octets.empty()) {
            const auto header = emv::parse_tlv_header(octets);
            const emv::Tag tag = header ? header->tag : leading_tag(octets);
            known = known && tag != 0 && emv::find_tag(tag) != nullptr;
            if (!known) break;
            const std::size_t size = header ? header->size : std::min(tag_size(tag) + 1, octets.size());
            out.insert(out.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
            octets = octets.subspan(size);
            if (!header) break;
            const ByteView value = octets.first(header->length);
            octets = octets.subspan(header->length);
            if (emv::is_constructed(tag) && !emv::is_hidden(tag, value.size())) {
                append_known(out, value, known);
                continue;
            }
            remember(tag, value);
            if (fate_of(tag, value) == Fate::kept)
                out.insert(out.end(), value.begin(), value.end());
            else
                out.insert(out.end(), value.size(), 0x00);
        }
        out.resize(out.size() + octets.size(), 0x00);
    }

    /// Of an object that is not there in full; 0: none that the dictionary knows.
    static Tag leading_tag(ByteView octets) {
        const Tag one = octets[0];
        const Tag two = octets.size() > 1 ? one << 8 | octets[1] : 0;
        return emv::find_tag(two) ? two : emv::find_tag(one) ? one : 0;
    }
    static std::size_t tag_size(Tag tag) { return tag > 0xFF ? 2 : 1; }

    /// "9F5B, 9F12"
    static std::string named(const std::vector<Tag>& tags) {
        std::string text;
        for (const Tag tag : tags) text += (text.empty() ? "" : ", ") + emv::tag_to_string(tag);
        return text;
    }

    void name_tags(std::string_view what, const std::vector<Tag>& tags) {
        if (tags.empty()) return;
        std::string text = std::string(what) + named(tags);
        say("Of the card's objects " + text);
        layout_.notes.push_back(std::move(text));
    }

    static constexpr std::size_t most_sentences = 100;
    const LoggedApplication& application_;
    const Personal& personal_;
    const LoggedRecord* record_ = nullptr;  ///< that is laid out
    emv::TlvMap account_data_;
    emv::TlvMap kept_;
    LaidRecords layout_;
    std::vector<Tag> keys_left_out_, passing_left_out_, personal_left_out_;
};

}  // namespace

LaidRecords lay_out_records(const LoggedApplication& application, const Account& account,
                            const Personal& personal) {
    return Layouter(application, account, personal).lay_out();
}

}  // namespace posbench::card
