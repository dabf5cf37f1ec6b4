#pragma once

#include <string_view>

namespace posbench::reports {

/// reports/html/template.html, made part of the program by the build.
extern const std::string_view html_template;

}  // namespace posbench::reports
