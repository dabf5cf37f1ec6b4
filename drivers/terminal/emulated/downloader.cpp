#include "drivers/terminal/emulated/downloader.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/terminal/emulated/management.hpp"
#include "drivers/terminal/emulated/parameters.hpp"

namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::string_view parameters_code = "360";  // 60.3

/// Field 60.3 of the three messages by which a set is fetched.
struct SetCodes {
    std::string_view list, entry, end;
};

SetCodes codes_of(Download what) {
    if (what == Download::authority_keys) return {"370", "371", "372"};
    return {"380", "381", "382"};
}

}  // namespace

std::optional<Download> wanted(Requirement requirement) noexcept {
    switch (requirement) {
        case Requirement::parameters:
            return Download::parameters;
        case Requirement::authority_keys:
            return Download::authority_keys;
        case Requirement::applications:
            return Download::applications;
        default:
            return std::nullopt;
    }
}

Task<End> Downloader::download(Download what) {
    co_await panel_.enter(State::downloading);
    co_await panel_.show(Text::downloading);
    End end;
    if (what == Download::parameters)
        end = co_await download_parameters();
    else
        end = co_await download_set(what);
    if (end.outcome == "approved" && wanted(online_.requirement()) == what) online_.met_requirement();
    co_return end;
}

Task<Result<iso8583::Message, End>> Downloader::ask(std::string_view function, Bytes field62) {
    return ask_management(function, std::move(field62), panel_, journal_, online_, settings_);
}

End Downloader::failed(const DownloadFault& fault) const {
    std::string text(say(fault.text, panel_.language()));
    if (!fault.place.empty()) text += "\n" + fault.place;
    return {"failed", fault.reason, std::move(text), {}};
}

Task<std::optional<DownloadFault>> Downloader::adopt(Download what, Bytes octets) {
    TerminalSettings changed = settings_;
    const auto fault = apply_download(what, octets, changed);
    if (fault) co_return fault;
    if (what == Download::parameters) octets = merge_parameters(journal_.downloaded(what), octets);
    co_await journal_.store_download(what, std::move(octets));
    settings_ = std::move(changed);
    co_return std::nullopt;
}

Task<End> Downloader::download_parameters() {
    const auto answer = co_await ask(parameters_code, {});
    if (!answer) co_return answer.error();
    const ByteView field62 = answer->bytes(62);
    if (field62.empty()) co_return ended("approved", {}, Text::nothing_to_download, panel_.language());
    Bytes octets(field62.begin(), field62.end());
    const auto fault = co_await adopt(Download::parameters, std::move(octets));
    if (fault) co_return failed(*fault);
    co_return ended("approved", {}, Text::downloaded, panel_.language());
}

Task<End> Downloader::download_set(Download what) {
    std::vector<Bytes> names;
    Bytes set;
    Step failure = co_await list(what, names);
    if (!failure) failure = co_await fetch(what, names, set);
    const bool complete = !failure || settings_.defects.has(Defect::applies_half_download);
    if (complete && !set.empty()) {
        const auto fault = co_await adopt(what, std::move(set));
        if (fault) co_return failed(*fault);
    }
    if (failure) co_return *std::move(failure);
    const auto told = co_await ask(codes_of(what).end, {});
    if (!told) co_return told.error();
    co_return ended("approved", {}, names.empty() ? Text::nothing_to_download : Text::downloaded,
                    panel_.language());
}

Task<Step> Downloader::list(Download what, std::vector<Bytes>& names) {
    for (;;) {
        const std::string got = fmt::format("1{:02}", names.size());
        const ByteView asked = as_bytes(got);
        Bytes field62(asked.begin(), asked.end());
        const auto answer = co_await ask(codes_of(what).list, std::move(field62));
        if (!answer) co_return answer.error();
        const auto part = read_list(what, answer->bytes(62), names);
        if (!part) co_return failed(part.error());
        if (*part != ListPart::more_follow) co_return std::nullopt;
    }
}

Task<Step> Downloader::fetch(Download what, const std::vector<Bytes>& names, Bytes& set) {
    for (const Bytes& name : names) {
        Bytes asked = name;
        const auto answer = co_await ask(codes_of(what).entry, std::move(asked));
        if (!answer) co_return answer.error();
        const auto entry = read_entry(what, answer->bytes(62), name, settings_);
        if (!entry) co_return failed(entry.error());
        append(set, *entry);
    }
    co_return std::nullopt;
}

}  // namespace posbench::terminal
