/* The files of assets/, which the build puts into the program. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

extern const char asset_style[];
extern const char asset_page[];
extern const char asset_live[];
extern const char asset_icon[];

#endif
