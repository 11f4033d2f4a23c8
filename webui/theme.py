"""The look: one theme over the colours of assets/app.css, the same variables light and dark."""

from pathlib import Path

import gradio as gr
from gradio.themes.utils.sizes import Size

ASSETS = Path(__file__).parent.parent / "assets"

FONT = (
    gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)),  # its 600 lacks letters
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "system-ui",
    "sans-serif",
)
MONO = (gr.themes.LocalFont("IBM Plex Mono", weights=(400, 600)), "ui-monospace", "monospace")
TEXT = Size("ts", "15px", "15px", "15px", "15px", "17px", "20px", "26px")
"""Nothing is smaller than 15 px."""


def make_theme() -> gr.themes.Base:
    """Every colour is a variable of app.css, which gives it one value light and one dark."""
    theme = gr.themes.Base(text_size=TEXT, radius_size="sm", font=FONT, font_mono=MONO)
    light = _SURFACES | _FIELDS | _BUTTONS
    dark = {f"{name}_dark": value for name, value in light.items()}
    known = {name: value for name, value in dark.items() if hasattr(theme, name)}
    return theme.set(**light, **known)


_SURFACES = {
    "body_background_fill": "var(--ts-ground)",
    "body_text_color": "var(--ts-text)",
    "body_text_color_subdued": "var(--ts-soft)",
    "background_fill_primary": "var(--ts-surface)",
    "background_fill_secondary": "var(--ts-ground)",
    "border_color_accent": "var(--ts-accent)",
    "border_color_primary": "var(--ts-line)",
    "color_accent": "var(--ts-accent)",
    "color_accent_soft": "var(--ts-accent-soft)",
    "link_text_color": "var(--ts-accent)",
    "link_text_color_hover": "var(--ts-accent)",
    "link_text_color_visited": "var(--ts-accent)",
    "link_text_color_active": "var(--ts-accent)",
    "code_background_fill": "var(--ts-ground)",
    "block_background_fill": "transparent",
    "block_border_color": "transparent",
    "block_info_text_color": "var(--ts-soft)",
    "block_label_background_fill": "transparent",
    "block_label_border_color": "transparent",
    "block_label_text_color": "var(--ts-text)",
    "block_title_text_color": "var(--ts-text)",
    "block_shadow": "none",
    "panel_background_fill": "var(--ts-surface)",
    "panel_border_color": "var(--ts-line)",
    "loader_color": "var(--ts-accent)",
    "slider_color": "var(--ts-accent)",
    "error_background_fill": "var(--ts-surface)",
    "error_border_color": "var(--ts-red)",
    "error_text_color": "var(--ts-red)",
    "error_icon_color": "var(--ts-red)",
}
_FIELDS = {
    "input_border_width": "1px",
    "input_background_fill": "var(--ts-surface)",
    "input_background_fill_focus": "var(--ts-surface)",
    "input_background_fill_hover": "var(--ts-surface)",
    "input_border_color": "var(--ts-edge)",
    "input_border_color_focus": "var(--ts-accent)",
    "input_border_color_hover": "var(--ts-edge)",
    "input_placeholder_color": "var(--ts-soft)",
    "input_shadow": "none",
    "input_shadow_focus": "none",
    "checkbox_background_color": "var(--ts-surface)",
    "checkbox_background_color_focus": "var(--ts-surface)",
    "checkbox_background_color_hover": "var(--ts-surface)",
    "checkbox_background_color_selected": "var(--ts-accent-fill)",
    "checkbox_border_color": "var(--ts-edge)",
    "checkbox_border_color_focus": "var(--ts-accent)",
    "checkbox_border_color_hover": "var(--ts-accent)",
    "checkbox_border_color_selected": "var(--ts-accent-fill)",
    "checkbox_shadow": "none",
    "checkbox_label_background_fill": "var(--ts-surface)",
    "checkbox_label_background_fill_hover": "var(--ts-ground)",
    "checkbox_label_background_fill_selected": "var(--ts-accent-soft)",
    "checkbox_label_border_color": "var(--ts-line)",
    "checkbox_label_border_color_hover": "var(--ts-edge)",
    "checkbox_label_border_color_selected": "var(--ts-accent)",
    "checkbox_label_text_color": "var(--ts-text)",
    "checkbox_label_text_color_selected": "var(--ts-text)",
    "checkbox_label_shadow": "none",
}
_BUTTONS = {
    "button_border_width": "1px",
    "button_primary_background_fill": "var(--ts-accent-fill)",
    "button_primary_background_fill_hover": "var(--ts-accent-hover)",
    "button_primary_border_color": "var(--ts-accent-fill)",
    "button_primary_text_color": "#ffffff",
    "button_primary_text_color_hover": "#ffffff",
    "button_secondary_background_fill": "var(--ts-surface)",
    "button_secondary_background_fill_hover": "var(--ts-ground)",
    "button_secondary_border_color": "var(--ts-edge)",
    "button_secondary_text_color": "var(--ts-text)",
    "button_secondary_text_color_hover": "var(--ts-text)",
    "button_cancel_background_fill": "var(--ts-surface)",
    "button_cancel_background_fill_hover": "var(--ts-ground)",
    "button_cancel_border_color": "var(--ts-red)",
    "button_cancel_text_color": "var(--ts-red)",
    "button_cancel_text_color_hover": "var(--ts-red)",
}
