#include "drivers/card/log/logged_card.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/card/command_words.hpp"
#include "drivers/card/log/personal.hpp"
#include "drivers/card/status_words.hpp"
#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/protocols/emv/directory.hpp"

namespace posbench::card {
namespace {

using emv::contact_directory, emv::contactless_directory;

constexpr std::size_t most_failures = 100;
constexpr std::size_t most_applications = 16;

bool is(const emv::CommandApdu& command, emv::Instruction which) noexcept {
    return command.ins == static_cast<std::uint8_t>(which);
}

bool refuses(std::uint16_t sw) noexcept {
    return sw != emv::sw::ok && sw >> 8 != 0x61 && sw >> 8 != 0x62;
}

/// A name of a file or an application.
std::string shown(ByteView name) {
    return may_be_number(name) ? fmt::format("<{} octets>", name.size()) : to_hex(name);
}

/// "READ RECORD 00B2020C: 6A83 record not found". Of the data only a name in SELECT: others may be secret.
std::string describe_failure(const LoggedExchange& exchange, const emv::CommandApdu& command) {
    std::string text =
        fmt::format("{} {}", command_name(exchange.command), to_hex(ByteView(exchange.command).first(4)));
    if (is(command, emv::Instruction::select) && command.p1 == 0x04 && command.data.size() <= 16 &&
        !exchange.masked_data)
        text += ' ' + shown(command.data);
    return text + fmt::format(": {:04X} {}", exchange.sw, status_in_words(exchange.sw));
}

/// All that is in a list without what masks hide.
emv::TlvMap whole_objects(const std::vector<emv::Tlv>& list, const emv::UnmaskedData& answer) {
    emv::TlvMap objects;
    objects.absorb(list);
    for (const emv::MaskedObject& object : answer.masked) objects.erase(object.tag);
    return objects;
}

/// EMV book 1, table 11.4: template 6F with A5 in it.
emv::TlvMap further_in(const std::vector<emv::Tlv>& control, const emv::UnmaskedData& answer) {
    // 8C, 8D and 9F49 stand there on no sound card, and the image's would be other lists than its own.
    constexpr std::array<emv::Tag, 7> own_keys{0x50, 0x87, 0x5F2D, 0x9F38, 0x8C, 0x8D, 0x9F49};
    emv::TlvMap further;
    for (const emv::Tlv& outer : control)
        for (const emv::Tlv& inner : outer.children) {
            if (inner.tag != 0xA5) continue;
            for (const emv::Tlv& object : inner.children)
                if (!object.constructed() && std::ranges::find(own_keys, object.tag) == own_keys.end())
                    further.set(object.tag, object.value);
        }
    for (const emv::MaskedObject& object : answer.masked) further.erase(object.tag);
    return further;
}

class Listener {
  public:
    explicit Listener(LoggedCard& card) : card_(card) {}

    void hear(const LoggedExchange& exchange) {
        if (lives_ && *lives_ != exchange.lives) forget("nothing was selected since the reset before it");
        lives_ = exchange.lives;
        if (exchange.lost)
            return forget(fmt::format("what is selected since line {} is not known", exchange.line));
        const auto command = emv::parse_command(exchange.command);
        if (!command) return;
        card_.fetches = card_.fetches || exchange.fetched;
        if (refuses(exchange.sw)) remember_failure(describe_failure(exchange, *command));
        const emv::UnmaskedData answer = emv::unmask(exchange.data);
        if (is(*command, emv::Instruction::read_record)) {
            if (exchange.sw == emv::sw::ok)
                hear_record(*command, answer, exchange);
            else
                hear_refused(answer);
            return;
        }
        remember_masked(exchange, answer);
        if (is(*command, emv::Instruction::select)) return hear_select(*command, exchange, answer);
        LoggedApplication* application = current();
        const auto list = emv::parse_tlv(answer.octets);
        if (exchange.sw != emv::sw::ok) return hear_refused(answer);
        if (!application) {
            if (tells_of_application(*command)) remember_unplaced(exchange, answer);
            return;
        }
        application->answers.push_back(answer);
        if (!list) return;
        if (is(*command, emv::Instruction::get_processing_options)) hear_options(*application, *list, answer);
        if (is(*command, emv::Instruction::generate_ac))
            hear_cryptogram(*application, *command, *list, answer);
        if (is(*command, emv::Instruction::get_data)) {
            const emv::TlvMap objects = whole_objects(*list, answer);
            for (const auto& [tag, value] : objects.entries())
                if (application->counters.entries().size() <= most_objects)
                    application->counters.set(tag, value);
        }
    }

    /// Data that came with a warning, or with another command's status word: what they tell of the holder
    /// counts.
    void hear_refused(const emv::UnmaskedData& answer) {
        if (LoggedApplication* application = current(); application && !answer.octets.empty())
            application->answers.push_back(answer);
    }

    /// What the directory says of applications, where their own answers did not.
    void finish() {
        for (const auto& entry : directory_) {
            const Bytes* aid = entry.find(0x4F);
            if (!aid) continue;
            card_.listed.push_back(*aid);
            const auto found = std::ranges::find(card_.applications, *aid, &LoggedApplication::aid);
            if (found == card_.applications.end()) {
                card_.unselected.push_back(shown(*aid));
                continue;
            }
            for (const emv::Tag tag : {0x50u, 0x87u, 0x9F12u})
                if (entry.has(tag) && !found->control.has(tag)) found->control.set(tag, entry.get(tag));
        }
    }

  private:
    enum class Where { nowhere, directory, application };

    LoggedApplication* current() {
        return where_ == Where::application ? &card_.applications[application_] : nullptr;
    }

    void remember_failure(std::string text) {
        const bool known = std::ranges::find(card_.failures, text) != card_.failures.end();
        if (!known && card_.failures.size() < most_failures) card_.failures.push_back(std::move(text));
    }

    void remember_masked(const LoggedExchange& exchange, const emv::UnmaskedData& answer) {
        std::string what;
        for (const emv::MaskedObject& object : answer.masked)
            what += (what.empty() ? "" : ", ") + emv::tag_to_string(object.tag);
        if (answer.lost > 0) what += (what.empty() ? "" : ", ") + runtime::counted(answer.lost, "octet");
        if (what.empty() || card_.masked.size() == most_failures) return;
        card_.masked.push_back(fmt::format("{} of the answer to {} in line {}", what,
                                           command_name(exchange.command), exchange.line));
    }

    void forget(std::string why) {
        where_ = Where::nowhere;
        why_nowhere_ = std::move(why);
    }

    static bool tells_of_application(const emv::CommandApdu& command) noexcept {
        return is(command, emv::Instruction::get_processing_options) ||
               is(command, emv::Instruction::generate_ac) || is(command, emv::Instruction::get_data);
    }

    void remember_unplaced(const LoggedExchange& exchange, const emv::UnmaskedData& answer) {
        if (where_ != Where::nowhere || answer.octets.empty()) return;
        card_.unplaced_answers.push_back(answer);
        if (card_.unplaced.size() < most_failures)
            card_.unplaced.push_back(fmt::format("{} {} in line {}: {}", command_name(exchange.command),
                                                 to_hex(ByteView(exchange.command).first(4)), exchange.line,
                                                 why_nowhere_));
    }

    void remember_unread(const LoggedExchange& exchange) {
        if (card_.unread.size() < most_failures)
            card_.unread.push_back(
                fmt::format("the answer to SELECT in line {} is no BER-TLV: no label and no lists from it",
                            exchange.line));
    }

    void hear_select(const emv::CommandApdu& command, const LoggedExchange& exchange,
                     const emv::UnmaskedData& answer) {
        // A refused SELECT leaves selected what was (ISO/IEC 7816-4 clause 7.1.1); a file of an application
        // is selected in it.
        constexpr std::uint8_t by_name = 0x04, file_under_application = 0x02;
        const bool fetchable = exchange.sw >> 8 == 0x61;  // the control information was not asked for
        const bool done =
            exchange.sw == emv::sw::ok || fetchable || exchange.sw >> 8 == 0x62 || exchange.sw >> 8 == 0x63;
        if (done && command.p1 != file_under_application)
            forget(fmt::format("line {} selected no application", exchange.line));
        if (command.p1 != by_name) return;
        const std::string_view name = as_text(command.data);
        if (name == contact_directory && !card_.directory.value_or(false))
            card_.directory = exchange.sw == emv::sw::ok || fetchable;
        // A blocked application may be selected all the same (EMV book 1 clause 11.3.5).
        const bool blocked = exchange.sw == emv::sw::application_blocked && !answer.octets.empty();
        if (exchange.sw != emv::sw::ok && !fetchable && !blocked) return;
        if (name == contactless_directory) card_.contactless = true;
        if (name == contact_directory || name == contactless_directory) {
            where_ = Where::directory;
            remember_directory(answer);
            return;
        }
        const auto control = emv::parse_tlv(answer.octets);
        emv::TlvMap objects;
        if (control)
            objects = whole_objects(*control, answer);
        else
            remember_unread(exchange);
        ByteView aid = objects.get(0x84);
        if (aid.empty() && !exchange.masked_data) aid = command.data;
        if (aid.size() < 5 || aid.size() > 16) return;
        const auto found = std::ranges::find_if(card_.applications, [&](const LoggedApplication& known) {
            return std::ranges::equal(known.aid, aid);
        });
        if (found == card_.applications.end() && card_.applications.size() == most_applications) return;
        application_ = static_cast<std::size_t>(found - card_.applications.begin());
        if (found == card_.applications.end()) {
            card_.applications.emplace_back().aid.assign(aid.begin(), aid.end());
            card_.applications.back().control = std::move(objects);
            card_.applications.back().blocked = blocked;
            if (control) card_.applications.back().further = further_in(*control, answer);
        }
        card_.applications[application_].answers.push_back(answer);
        where_ = Where::application;
    }

    void hear_record(const emv::CommandApdu& command, const emv::UnmaskedData& answer,
                     const LoggedExchange& exchange) {
        if (where_ == Where::directory) {
            remember_masked(exchange, answer);
            return remember_directory(answer);
        }
        remember_unplaced(exchange, answer);
        LoggedApplication* application = current();
        const auto sfi = static_cast<std::uint8_t>(command.p2 >> 3);
        if (!application || (command.p2 & 0x07) != 0x04 || sfi < 1 || sfi > 30 || command.p1 == 0) return;
        LoggedRecord record{sfi, command.p1, answer};
        const auto known = std::ranges::find_if(application->records, [&](const LoggedRecord& other) {
            return other.sfi == sfi && other.number == command.p1;
        });
        const auto hides = [](const LoggedRecord& one) {
            return one.data.lost > 0 || !one.data.masked.empty();
        };
        if (known == application->records.end())
            application->records.push_back(std::move(record));
        else if (hides(*known) && !hides(record))
            *known = std::move(record);
        else
            application->answers.push_back(answer);  // of a record that another one stands for
    }

    /// Application templates 61 in a record of the directory, or in the answer of the contactless one.
    void remember_directory(const emv::UnmaskedData& answer) {
        const auto list = emv::parse_tlv(answer.octets);
        if (list) remember_entries(*list, answer);
    }
    void remember_entries(const std::vector<emv::Tlv>& list, const emv::UnmaskedData& answer) {
        for (const emv::Tlv& object : list) {
            if (object.tag != 0x61) {
                remember_entries(object.children, answer);
                continue;
            }
            emv::TlvMap entry = whole_objects(object.children, answer);
            if (entry.get(0x4F).size() >= 5 && entry.get(0x4F).size() <= 16 &&
                directory_.size() < most_applications)
                directory_.push_back(std::move(entry));
        }
    }

    static bool hides(const emv::UnmaskedData& answer, emv::Tag tag) {
        return std::ranges::find(answer.masked, tag, &emv::MaskedObject::tag) != answer.masked.end();
    }

    /// EMV book 3 clause 6.5.8.4: template 80 with AIP and AFL, or 77 with the objects.
    static void hear_options(LoggedApplication& application, const std::vector<emv::Tlv>& list,
                             const emv::UnmaskedData& answer) {
        if (list.size() != 1 || application.options_format != 0) return;
        const emv::Tlv& outer = list.front();
        if (outer.tag == 0x80 && outer.value.size() >= 2 && !hides(answer, outer.tag)) {
            application.options_format = 1;
            application.aip.assign(outer.value.begin(), outer.value.begin() + 2);
            application.afl.assign(outer.value.begin() + 2, outer.value.end());
        } else if (outer.tag == 0x77) {
            const emv::TlvMap objects = whole_objects(outer.children, answer);
            application.options_format = 2;
            const ByteView aip = objects.get(0x82), afl = objects.get(0x94);
            application.aip.assign(aip.begin(), aip.end());
            application.afl.assign(afl.begin(), afl.end());
            // A quick card's cryptogram comes with these (EMV book C-3).
            application.quick = objects.has(0x9F26);
            const ByteView issuer_data = objects.get(0x9F10);
            if (application.issuer_data.empty())
                application.issuer_data.assign(issuer_data.begin(), issuer_data.end());
        }
    }

    /// EMV book 3 clause 6.5.5.4.
    static void hear_cryptogram(LoggedApplication& application, const emv::CommandApdu& command,
                                const std::vector<emv::Tlv>& list, const emv::UnmaskedData& answer) {
        if (list.size() != 1 || application.cryptogram_format != 0) return;
        const emv::Tlv& outer = list.front();
        const emv::TlvMap objects = whole_objects(outer.children, answer);
        constexpr std::size_t before_issuer_data = 1 + 2 + 8;
        ByteView information = objects.get(0x9F27), issuer_data = objects.get(0x9F10);
        if (outer.tag == 0x80 && outer.value.size() >= before_issuer_data && !hides(answer, outer.tag)) {
            information = ByteView(outer.value).first(1);
            issuer_data = ByteView(outer.value).subspan(before_issuer_data);
        }
        if (information.size() != 1) return;
        application.cryptogram_format = outer.tag == 0x80 ? 1 : 2;
        if (!issuer_data.empty()) application.issuer_data.assign(issuer_data.begin(), issuer_data.end());
        constexpr std::uint8_t type_bits = 0xC0, tc = 0x40, arqc = 0x80;
        application.went_online = (command.p1 & type_bits) == tc && (information[0] & type_bits) == arqc;
    }

    LoggedCard& card_;
    Where where_ = Where::nowhere;
    std::string why_nowhere_ = "nothing was selected before it";
    std::optional<std::size_t> lives_;  ///< of the exchange before
    std::size_t application_ = 0;
    std::vector<emv::TlvMap> directory_;
};

/// Whether a card that nobody saw select 2PAY.SYS.DDF01 was in the field: PC/SC makes an answer to reset of
/// that to select (part 3 clause 3.1.3.2.3), 3B 8n 80 01 and the historical octets; without one, what only
/// readers of the field answer is asked for (9F66), and nobody selected the directory of the contacts.
bool over_the_field(const LoggedCard& card) {
    const Bytes& atr = card.atr;
    if (!atr.empty())
        return atr.size() >= 5 && atr[0] == 0x3B && atr[1] >> 4 == 0x8 && atr[2] == 0x80 && atr[3] == 0x01;
    return !card.directory &&
           std::ranges::any_of(card.applications, [](const LoggedApplication& application) {
               const auto pdol = emv::parse_dol(application.control.get(0x9F38));
               constexpr emv::Tag qualifiers = 0x9F66;
               return pdol && std::ranges::find(*pdol, qualifiers, &emv::DolEntry::tag) != pdol->end();
           });
}

}  // namespace

LoggedCard read_logged_card(const ApduLog& log) {
    LoggedCard card;
    const auto told = std::ranges::find_if(log.resets, [](const auto& reset) { return !reset.atr.empty(); });
    if (told != log.resets.end()) card.atr = told->atr;
    Listener listener(card);
    for (const LoggedExchange& exchange : log.exchanges) listener.hear(exchange);
    listener.finish();
    card.contactless = card.contactless || over_the_field(card);
    return card;
}

}  // namespace posbench::card
