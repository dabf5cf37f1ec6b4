#include "drivers/card/log/image_skeleton.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "bench/config/value.hpp"
#include "bench/runtime/utf8.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/card/emulated/transport.hpp"
#include "drivers/card/log/account_numbers.hpp"
#include "drivers/card/log/image_choices.hpp"
#include "drivers/card/log/personal.hpp"
#include "drivers/card/log/record_layout.hpp"
#include "drivers/card/log/test_account.hpp"
#include "drivers/protocols/emv/atr.hpp"
#include "drivers/protocols/emv/object_form.hpp"

namespace posbench::card {
namespace {

using emv::Tag;

/// A basic string of TOML; `text` is printable ASCII.
std::string toml_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

bool is_label(ByteView value) noexcept {
    return !value.empty() && value.size() <= 16 &&
           std::ranges::all_of(value, [](std::uint8_t c) { return c >= ' ' && c <= '~'; });
}

/// Small letters, digits and hyphens: a key of TOML.
std::string table_name(std::string_view label, std::vector<std::string>& taken) {
    std::string name;
    for (const char c : label)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else if (!name.empty() && name.back() != '-')
            name += '-';
    if (name.ends_with('-')) name.pop_back();
    if (name.empty()) name = "application";
    std::string unique = name;
    for (int i = 2; std::ranges::find(taken, unique) != taken.end(); ++i)
        unique = fmt::format("{}-{}", name, i);
    taken.push_back(unique);
    return unique;
}

class Writer {
  public:
    Writer(const LoggedCard& card, const Personal& personal, std::string_view source, Field field)
        : card_(card),
          field_(field),
          personal_(personal),
          source_(personal.is_named_in(source) ? "a card log" : runtime::printable(source)) {
        std::ranges::replace_if(
            source_, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    }

    ImageSkeleton write() && {
        head();
        const Account account = account_of(card_.applications.front());
        write_account(account, card_.applications.front());
        for (const LoggedApplication& application : card_.applications)
            write_application(application, account);
        failures();
        return {std::move(toml_), std::move(notes_)};
    }

  private:
    /// What was invented for masked digits may be what another part of the log tells.
    Account account_of(const LoggedApplication& application) const {
        Account account = test_account(application);
        if (personal_.knows_number(account.pan)) account.pan = test_pan(account.pan);
        return account;
    }

    void line(std::string_view text) {
        toml_ += text;
        toml_ += '\n';
    }
    void key(std::string_view name, std::string_view value, std::string_view comment = {}) {
        toml_ += fmt::format("{:<18} = {}", name, value);
        toml_ += comment.empty() ? "\n" : fmt::format("  # {}\n", comment);
    }
    void comment(std::string_view text) { line(fmt::format("# {}", text)); }
    void note(std::string text) {
        if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
    }

    void atr() {
        if (card_.contactless)
            return comment("atr: PC/SC makes one of a card in the field; over contacts it is not known");
        if (card_.atr.empty() && card_.fetches)
            return key("atr", "\"3B600000\"", "not in the log: T=0, for GET RESPONSE is in it");
        if (card_.atr.size() < 2 || card_.atr.size() > 33) return comment("atr: not in the log");
        key("atr", toml_text(to_hex(card_.atr)));
        const auto read = emv::parse_atr(card_.atr);
        if (!read) return key("as_is", "[\"atr\"]", read.error().what);
        if (!speaks_protocol_of(*read))
            return key("as_is", "[\"atr\"]", fmt::format("leads to T={}", read->protocol()));
        if (const auto rejected = emv::refuse_atr(*read, emv::Reset::cold))
            key("as_is", "[\"atr\"]", "a terminal rejects it: " + rejected->what);
    }
    void head() {
        comment(fmt::format("Written by `posbench card import` from {}.", source_));
        comment("What the log does not tell is customary or left out; comments say so.");
        line("");
        line("title = { en = \"Imported from a card log\", zh = \"由卡日志导入\" }");
        atr();
        comment("pin: no log tells it; without one the card refuses VERIFY");
        for (const LoggedApplication& application : card_.applications)
            if (const ByteView tries = application.counters.get(0x9F17);
                tries.size() == 1 && tries[0] <= 15) {
                key("pin_tries", fmt::format("{}", tries[0]), "9F17 when it was read");
                break;
            }
        if (card_.directory)
            key("directory", *card_.directory ? "true" : "false");
        else
            comment("directory: the log has no answer to SELECT 1PAY.SYS.DDF01");
        for (const std::string& what : card_.unread) {
            comment("Not understood: " + what);
            note("not understood: " + what);
        }
        for (const std::string& aid : card_.unselected)
            comment(fmt::format("In the directory, but never selected: {}", aid));
        for (const std::string& what : card_.unplaced) {
            comment("Left out: " + what);
            note("left out: " + what);
        }
        for (const std::string& what : card_.masked) {
            comment("Masked in the log, and left out: " + what);
            note("masked, left out: " + what);
        }
    }

    void write_account(const Account& account, const LoggedApplication& application) {
        line("");
        comment_account(application);
        comment_masked_pan(application);
        comment("So that the host knows it, a scenario says under [given.host]:");
        comment(fmt::format("  account.imported = {{ pan = \"{}\", psn = \"{}\", balance = \"100000.00\" }}",
                            account.pan, account.sequence_number));
        line("[account]");
        key("pan", toml_text(account.pan));
        key("psn", toml_text(account.sequence_number));
        if (!account.effective.empty()) key("effective", toml_text(account.effective));
        key("expiry", toml_text(account.expiry));
        if (account.effective_after_expiry()) key("as_is", "[\"effective\"]", "after the expiry");
        key("holder", toml_text(account.holder));
        key("service_code", toml_text(account.service_code));
        key("discretionary", toml_text(account.discretionary));
        note(fmt::format(
            "replaced: the account by test number {}, the holder by {}, discretionary data by zeros",
            account.pan, account.holder));
    }

    void comment_account(const LoggedApplication& application) {
        if (!pans_of(application).empty())
            return comment(
                "A test account: of the card's own only the first six digits (of a masked PAN the last four "
                "too), dates, sequence number and service code.");
        const std::string sentence =
            "no account number is in the log: it is a customary one, and the card's is not known";
        comment("A test account; " + sentence);
        note(sentence);
    }

    /// What an account number was made of that the log masks.
    void comment_masked_pan(const LoggedApplication& application) {
        constexpr std::size_t fewest_for_last_four = 12;
        const std::string masked = masked_pan(application);
        if (masked.empty()) return;
        const std::string sentence = fmt::format(
            "the PAN is {} in the log: what it shows of the first six {}digits is kept, the others are "
            "invented",
            trace::mask_pan(masked), masked.size() < fewest_for_last_four ? "" : "and last four ");
        comment("Masked: " + sentence);
        note("masked: " + sentence);
    }

    void write_application(const LoggedApplication& application, const Account& card_account) {
        const emv::TlvMap objects = all_objects(application);
        const Account account = account_of(application);
        const ByteView label = application.control.get(0x50);
        const std::string label_text =
            is_label(label) && !personal_.is_in(label) ? std::string(as_text(label)) : "IMPORTED";
        const std::string name = table_name(label_text, names_);
        line("");
        line(fmt::format("[application.{}]", name));
        key("aid", toml_text(to_hex(application.aid)));
        key("label", toml_text(label_text), is_label(label) ? "" : "the log has no label that can be shown");
        write_control(application);
        if (account.pan != card_account.pan) comment_masked_pan(application);
        write_own_account(account, card_account);
        if (application.blocked) key("blocked", "true", "SELECT was answered 6283");
        const std::string_view profile = field_profile(application, field_);
        const bool quick = card_.contactless && profile != "emv";
        if (quick) {
            comment("Lists and application interchange profile are those of its contactless profile.");
        } else {
            write_profile(application);
            write_lists(application, objects);
        }
        write_cryptography(application);
        write_field(profile);
        const LaidRecords layout = lay_out_records(application, account, personal_);
        write_layout(layout, account, name, profile, quick);
        if (layout.records.empty() && application.records.empty())
            comment("No record was read: the customary three");
    }

    void write_field(std::string_view profile) {
        if (!card_.contactless) return;
        key("interfaces", "[\"contactless\"]", "the log is of a card in the field");
        note(fmt::format("over the field: the image is a card without contacts, profile {}", profile));
    }

    void write_control(const LoggedApplication& application) {
        const ByteView priority = application.control.get(0x87);
        if (priority.size() == 1 && (priority[0] & 0x0F) != 0)
            key("priority", fmt::format("{}", priority[0] & 0x0F),
                (priority[0] & 0x80) != 0 ? "the card also asked for confirmation by the cardholder" : "");
        const std::string_view languages = as_text(application.control.get(0x5F2D));
        const bool codes = languages.size() <= 8 && languages.size() % 2 == 0 &&
                           std::ranges::all_of(languages, [](char c) { return c >= 'a' && c <= 'z'; });
        if (codes && !languages.empty()) key("languages", toml_text(languages));
        std::vector<Tag> rest;
        for (const auto& [tag, value] : application.control.entries())
            if (tag != 0x84 && tag != 0x50 && tag != 0x87 && tag != 0x9F38 && (tag != 0x5F2D || !codes) &&
                !application.further.has(tag))
                rest.push_back(tag);
        if (!rest.empty()) comment("In the file control information, and left out: " + named(rest));
    }

    /// An application with another account than the card's first.
    void write_own_account(const Account& own, const Account& first) {
        const auto differs = [&](std::string_view name, const std::string& mine, const std::string& theirs) {
            if (mine != theirs && !mine.empty()) key(name, toml_text(mine));
        };
        differs("pan", own.pan, first.pan);
        differs("psn", own.sequence_number, first.sequence_number);
        differs("effective", own.effective, first.effective);
        differs("expiry", own.expiry, first.expiry);
        differs("service_code", own.service_code, first.service_code);
        if (own.discretionary != first.discretionary) key("discretionary", toml_text(own.discretionary));
    }

    void write_profile(const LoggedApplication& application) {
        if (application.options_format == 0) {
            comment("GET PROCESSING OPTIONS was never answered: the customary profile");
            return;
        }
        constexpr std::uint8_t sda = 0x40, dda = 0x20, cda = 0x01;
        if (application.aip.size() == 2) {
            Bytes aip = application.aip;
            const bool offline = (aip[0] & (sda | dda | cda)) != 0;
            aip[0] &= static_cast<std::uint8_t>(~(sda | dda | cda));
            key("aip", toml_text(to_hex(aip)),
                offline ? fmt::format("was {}: the keys for offline data authentication are not known",
                                      to_hex(application.aip))
                        : "");
            if (offline) note("cleared: offline data authentication in the AIP, its keys are not known");
        }
        key("response_format", fmt::format("{}", application.options_format),
            application.cryptogram_format != 0 && application.cryptogram_format != application.options_format
                ? fmt::format("GENERATE AC was answered in format {}", application.cryptogram_format)
                : "");
    }

    void write_lists(const LoggedApplication& application, const emv::TlvMap& objects) {
        const ByteView value = application.control.get(0x9F38);
        auto pdol = emv::parse_dol(value);
        if (pdol && (emv::dol_size(*pdol) > longest_list || value.size() > longest_list)) pdol->clear();
        if (pdol && !pdol->empty())
            key("pdol", toml_text(to_hex(value)));
        else if (!value.empty())
            comment("pdol: the card's own is no list that a command can answer");
        const std::vector<emv::DolEntry> asked = pdol ? *pdol : std::vector<emv::DolEntry>();
        const auto write_list = [&](std::string_view name, const List& list) {
            if (list.octets.empty())
                comment(fmt::format("{}: {}", name, list.comment));
            else
                key(name, toml_text(list.octets), list.comment);
        };
        const List cdol1 = cdol1_of(objects.get(0x8C), asked);
        write_list("cdol1", cdol1);
        write_list("cdol2", cdol2_of(objects.get(0x8D)));
    }

    void write_cryptography(const LoggedApplication& application) {
        key("issuer_key", "\"@unionpay-test.imk_ac\"", "the issuer's own is known to nobody else");
        const Version version = nearest_version(application.issuer_data, emv::scheme_of(application.aid));
        if (version.key_index) key("key_index", fmt::format("{}", *version.key_index));
        key("cryptogram_version", fmt::format("\"{}\"", version.name), version.why);
        if (application.went_online) key("online_required", "true", "gave an ARQC where a TC was asked for");
        for (const Tag tag : {Tag{0x9F36}, Tag{0x9F13}})
            if (const ByteView value = application.counters.get(tag); value.size() == 2)
                comment(fmt::format("{} was {} when it was read: {}", name_of(tag), to_hex(value),
                                    "the image begins with 0"));
    }

    void write_values(const std::string& name, std::string_view table,
                      const std::vector<std::pair<Tag, Bytes>>& values) {
        if (values.empty()) return;
        line("");
        line(fmt::format("[application.{}.{}]", name, table));
        for (const auto& [tag, value] : values)
            key(toml_text(emv::tag_to_string(tag)), toml_text(to_hex(value)), name_of(tag));
    }

    /// Objects that the card in the log has in another form than EMV's, lacks, or has twice.
    /// @param quick no object is mandatory in the records of a quick profile
    void write_as_is(const LaidRecords& layout, const Account& own, bool quick) {
        std::vector<std::string> words;
        const auto add = [&words](Tag tag) {
            const std::string word = toml_text(emv::tag_to_string(tag));
            if (std::ranges::find(words, word) == words.end()) words.push_back(word);
        };
        if (own.effective_after_expiry()) words.push_back(toml_text("effective"));
        for (const auto* table : {&layout.control, &layout.tags, &layout.objects})
            for (const auto& [tag, value] : *table)
                if (!emv::object_fault(tag, value).empty()) add(tag);
        const ObjectFaults faults = object_faults(layout);
        if (!quick) std::ranges::for_each(faults.missing, add);
        std::ranges::for_each(faults.repeated, add);
        if (!words.empty())
            key("as_is", fmt::format("[{}]", fmt::join(words, ", ")),
                "not of the form that EMV gives them, mandatory and in no record, or in the records twice");
    }

    /// @param quick records and what is in them are those of the contactless profile
    void write_layout(const LaidRecords& layout, const Account& own, const std::string& application,
                      std::string_view profile, bool quick) {
        for (const std::string& sentence : layout.comments) comment(sentence);
        for (const std::string& sentence : layout.notes) note(sentence);
        if (!quick) write_as_is(layout, own, quick);
        write_values(application, "fci", layout.control);
        write_values(application, "objects", layout.objects);
        if (card_.contactless) {
            line(fmt::format("\n[application.{}.contactless]", application));
            key("profile", toml_text(profile));
            if (quick) write_as_is(layout, own, quick);
        }
        const std::string name = application + (quick ? ".contactless" : "");
        write_values(name, "tags", layout.tags);
        for (const LaidRecord& record : layout.records) {
            line("");
            line(fmt::format("[[application.{}.record]]", name));
            key("sfi", fmt::format("{}", record.sfi));
            key("number", fmt::format("{}", record.number));
            if (record.raw) {
                key("raw", toml_text(to_hex(*record.raw)), record.comment);
            } else {
                std::vector<std::string> tags;
                for (const Tag tag : record.holds) tags.push_back(toml_text(emv::tag_to_string(tag)));
                key("holds", fmt::format("[{}]", fmt::join(tags, ", ")), record.comment);
            }
        }
    }

    void failures() {
        if (card_.failures.empty()) return;
        line("");
        comment("Commands that the card refused in the log:");
        for (const std::string& failure : card_.failures) comment("  " + failure);
    }

    const LoggedCard& card_;
    Field field_;
    const Personal& personal_;
    std::string source_;
    std::string toml_;
    std::vector<std::string> notes_;
    std::vector<std::string> names_;
};

bool has_too_many_objects(const LoggedApplication& application) {
    std::set<Tag> tags;
    for (const emv::UnmaskedData* data : told_by(application))
        for_each_object(*data, [&tags](Tag tag, const std::string&) { tags.insert(tag); });
    return tags.size() > most_objects;
}

/// The rule of images that is broken; empty when none is.
std::string check(const std::string& toml) {
    try {
        config::Value settings = config::load_text(toml, "image");
        auto* applications = settings.get<config::Table>()->find("application")->get<config::Table>();
        for (const auto& entry : applications->entries())
            config::at_path(settings, fmt::format("application.{}.issuer_key", entry.key)) =
                config::Value(config::Value::Data(std::string(32, '1')));
        read_card_image(settings);
    } catch (const config::ConfigError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

Result<ImageSkeleton> make_image_skeleton(const LoggedCard& card, std::string_view source) {
    if (card.applications.empty())
        return Error{fmt::format("{}: no application was selected in it by name and answered", source)};
    if (std::ranges::any_of(card.applications, has_too_many_objects))
        return Error{
            fmt::format("{}: more than {} different data objects of one application: not the log of "
                        "one card",
                        source, most_objects)};
    const Personal personal(card);
    if (!personal.excess().empty())
        return Error{fmt::format("{}: {}: not the log of one card", source, personal.excess())};
    ImageSkeleton image = Writer(card, personal, source, Field::as_heard).write();
    if (card.contactless && !check(image.toml).empty())
        image = Writer(card, personal, source, Field::plain).write();
    if (personal.is_left_in(image.toml))
        return Error{
            fmt::format("{}: its account number or holder would stand in the image: none is made. "
                        "Perhaps a command or the directory has it: leave that out",
                        source)};
    if (const std::string broken = check(image.toml); !broken.empty())
        return Error{fmt::format("{}: what the card said makes no image: {}", source, broken)};
    return image;
}

}  // namespace posbench::card
