#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/trace/jsonl.hpp"
#include "bench/trace/quote.hpp"

namespace posbench::trace {
namespace {

using nlohmann::json;

constexpr std::uint64_t largest_file = 1U << 30;
constexpr std::size_t most_members = 64;  // twice what the richest kind of event has

/// A member of the line's object, before its kind is known.
struct Member {
    std::string name;
    FieldValue value;
};

/// Is it a name that some kind of event gives a member?
bool is_known_member(std::string_view name) {
    return name == "t" || name == "kind" || std::ranges::any_of(vocabulary(), [&](const KindSpec& kind) {
               return find_field(kind.kind, name) != nullptr;
           });
}

/// A member for a sentence: by its name, or by its number, from 1, where the name may be a secret.
std::string named(std::string_view name, std::size_t number, Unknown unknown) {
    if (unknown == Unknown::quoted || is_known_member(name)) return quote(name);
    return fmt::format("member {}", number);
}

/// Takes in one flat object: integers, booleans, texts and lists of texts. No document tree is built, so that
/// nesting and size cost nothing.
class LineReader final : public nlohmann::json_sax<json> {
  public:
    explicit LineReader(Unknown unknown) : unknown_(unknown) {}

    std::vector<Member> members;
    std::string error;

    bool null() override { return refuse("null"); }
    bool boolean(bool value) override { return take(value); }
    bool number_integer(number_integer_t value) override { return take(std::int64_t{value}); }
    bool number_unsigned(number_unsigned_t value) override {
        constexpr auto largest = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
        if (value > largest) return refuse("an integer of more than 63 bits");
        return take(static_cast<std::int64_t>(value));
    }
    bool number_float(number_float_t, const string_t&) override { return refuse("a number with a fraction"); }
    bool string(string_t& value) override {
        if (!list_) return take(std::move(value));
        list_->push_back(std::move(value));
        return true;
    }
    bool binary(binary_t&) override { return refuse("binary data"); }
    bool start_object(std::size_t) override {
        if (!std::exchange(begun_, true)) return true;
        return refuse("an object");
    }
    bool key(string_t& name) override {
        name_ = std::move(name);
        if (members.size() >= most_members) return refuse("more members than any event has");
        if (std::ranges::find(members, name_, &Member::name) == members.end()) return true;
        error = fmt::format("{} is given twice", shown());
        return false;
    }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override {
        if (!begun_ || list_) return refuse("an array");
        list_.emplace();
        return true;
    }
    bool end_array() override {
        members.push_back({std::move(name_), *std::exchange(list_, std::nullopt)});
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
        error = fmt::format("not JSON, at octet {}", position);
        return false;
    }

  private:
    template <class T>
    bool take(T value) {
        if (!begun_) return refuse("no object");
        if (list_) return refuse("a list of other things than texts");
        members.push_back({std::move(name_), FieldValue(std::move(value))});
        return true;
    }
    bool refuse(std::string_view what) {
        error = begun_ ? fmt::format("{} cannot be {}", shown(), what) : "not a JSON object";
        return false;
    }
    std::string shown() const { return named(name_, members.size() + 1, unknown_); }

    Unknown unknown_;
    bool begun_ = false;
    std::string name_;
    std::optional<std::vector<std::string>> list_;
};

const FieldValue* find_member(const std::vector<Member>& members, std::string_view name) {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() ? nullptr : &found->value;
}

/// The event a whole object stands for.
Result<Event> to_event(std::vector<Member>& members, Unknown unknown) {
    const FieldValue* at = find_member(members, "t");
    const auto* ns = at ? std::get_if<std::int64_t>(at) : nullptr;
    if (!ns || *ns < 0) return Error{"'t' must be nanoseconds, an integer from 0"};
    const FieldValue* named = find_member(members, "kind");
    const auto* name = named ? std::get_if<std::string>(named) : nullptr;
    if (!name) return Error{"'kind' must be a text"};
    const auto kind = find_kind(*name);
    if (!kind)
        return Error{unknown == Unknown::quoted
                         ? fmt::format("unknown kind {}", quote(std::string_view(*name)))
                         : "'kind' is none of the vocabulary"};

    Event event{runtime::TimePoint(runtime::Duration(*ns)), *kind, {}};
    event.fields.reserve(members.size() - 2);
    const KindSpec& known_kind = spec(*kind);
    for (std::size_t i = 0; i < members.size(); ++i) {
        Member& member = members[i];
        if (member.name == "t" || member.name == "kind") continue;
        const FieldSpec* known = find_field(*kind, member.name);
        if (!known)
            return Error{
                unknown == Unknown::quoted || is_known_member(member.name)
                    ? fmt::format("{} has no field {}", known_kind.name, quote(std::string_view(member.name)))
                    : fmt::format("{} has no such field: member {}", known_kind.name, i + 1)};
        if (const std::string fault = fault_of(*known, member.value); !fault.empty())
            return Error{fmt::format("{}: '{}' {}", known_kind.name, known->name, fault)};
        event.fields.emplace_back(known->name, std::move(member.value));
    }
    for (const FieldSpec& known : known_kind.fields)
        if (known.required && !event.find(known.name))
            return Error{fmt::format("{}: '{}' is missing", known_kind.name, known.name)};
    return event;
}

struct CloseFile {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// Lines of a file, read in blocks.
class LineSource {
  public:
    enum class Got { line, partial, end, too_long, too_large, failed };

    explicit LineSource(std::FILE* file) : file_(file) {}

    /// The next line without its end; `partial` is a last line that has none.
    Got next(std::string_view& line) {
        for (;;) {
            const auto end = buffer_.find('\n', scanned_);
            if (end != std::string::npos) {
                line = std::string_view(buffer_).substr(begin_, end - begin_);
                begin_ = scanned_ = end + 1;
                return line.size() > longest_line ? Got::too_long : Got::line;
            }
            scanned_ = buffer_.size();
            if (scanned_ - begin_ > longest_line) return Got::too_long;
            if (const auto problem = read_block()) return *problem;
            if (scanned_ < buffer_.size()) continue;
            line = std::string_view(buffer_).substr(begin_);
            begin_ = buffer_.size();
            return line.empty() ? Got::end : Got::partial;
        }
    }

  private:
    /// Drops what was handed out and appends a block; nothing is appended at the end of the file.
    std::optional<Got> read_block() {
        buffer_.erase(0, begin_);
        scanned_ -= begin_;
        begin_ = 0;
        char block[64 * 1024];
        const std::size_t got = std::fread(block, 1, sizeof block, file_);
        if (got == 0 && std::ferror(file_)) return Got::failed;
        if ((total_ += got) > largest_file) return Got::too_large;
        buffer_.append(block, got);
        return std::nullopt;
    }

    std::FILE* file_;
    std::string buffer_;
    std::size_t begin_ = 0;    ///< of what was not handed out yet
    std::size_t scanned_ = 0;  ///< up to here there is no line end
    std::uint64_t total_ = 0;
};

std::optional<std::string> newer_vocabulary(const Event& event) {
    if (event.kind != Kind::bench_run) return std::nullopt;
    const std::int64_t version = event.integer("vocabulary").value_or(0);
    if (version == vocabulary_version) return std::nullopt;
    return fmt::format("the trace is of vocabulary {}, this posbench reads {}", version, vocabulary_version);
}

}  // namespace

Result<Event> parse_json(std::string_view line, Unknown unknown) {
    if (line.size() > longest_line) return Error{fmt::format("longer than {} octets", longest_line)};
    LineReader reader(unknown);
    if (!json::sax_parse(line, &reader)) return Error{reader.error};
    return to_event(reader.members, unknown);
}

Result<StoredTrace> read_jsonl(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
    if (!file) return Error{fmt::format("{}: {}", path.string(), std::strerror(errno))};
    LineSource source(file.get());
    StoredTrace trace;
    for (std::size_t number = 1;; ++number) {
        const auto error = [&](std::string_view what) {
            return Error{fmt::format("{}:{}: {}", path.string(), number, what)};
        };
        std::string_view line;
        const auto got = source.next(line);
        switch (got) {
            case LineSource::Got::end:
                return trace;
            case LineSource::Got::failed:
                return error(std::strerror(errno));
            case LineSource::Got::too_long:
                return error("the line is longer than 1 MiB");
            case LineSource::Got::too_large:
                return error("the file is larger than 1 GiB");
            case LineSource::Got::line:
            case LineSource::Got::partial:
                break;
        }
        auto event = parse_json(line);
        if (!event && got == LineSource::Got::partial) {
            trace.truncated = true;
            return trace;
        }
        if (!event) return error(event.error().what);
        if (const auto newer = newer_vocabulary(*event)) return error(*newer);
        trace.events.push_back(*std::move(event));
    }
}

}  // namespace posbench::trace
