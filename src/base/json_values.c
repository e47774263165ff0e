#include "base/json_values.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "hisession/session.h"

/* ---- To JSON ---- */

/* cJSON's text belongs to cJSON's allocator, which need not be ours. */
static char *adopt_text(char *printed)
{
    if (printed == NULL)
        return NULL;
    size_t length = strlen(printed);
    char *copy = hs_memory_copy_text(printed, length);
    hs_memory_wipe(printed, length);
    cJSON_free(printed);
    return copy;
}

static int print_and_delete(cJSON *item, char **out)
{
    char *text = item != NULL ? adopt_text(cJSON_PrintUnformatted(item)) : NULL;
    cJSON_Delete(item);
    if (text == NULL)
        return SESSION_NO_MEMORY;
    *out = text;
    return SESSION_OK;
}

int hs_json_from_string(const char *value, char **out)
{
    char *text = NULL;
    int rc = print_and_delete(cJSON_CreateStringReference(value), &text);
    if (rc == SESSION_OK)
        rc = hs_json_check_value((hs_slice){text, strlen(text)}); /* its UTF-8 */
    if (rc == SESSION_OK)
        *out = text;
    else
        hs_memory_free_text(text);
    return rc;
}

/*
 * Has this thread read and write numbers with a point, whatever the program's
 * locale. The locale to go back to with leave_c_locale(), NULL if memory ran out.
 */
static locale_t enter_c_locale(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", NULL);
    return c != NULL ? uselocale(c) : NULL;
}

static void leave_c_locale(locale_t before)
{
    freelocale(uselocale(before));
}

/* The shortest text that reads back as the same number; cJSON's may be another. */
int hs_json_from_double(double value, char **out)
{
    const int enough = 17;
    char digits[40];
    if (!isfinite(value))
        return SESSION_INVALID;
    locale_t before = enter_c_locale();
    if (before == NULL)
        return SESSION_NO_MEMORY;
    for (int precision = 15; precision <= enough; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    leave_c_locale(before);
    *out = hs_memory_copy_text(digits, strlen(digits));
    return *out == NULL ? SESSION_NO_MEMORY : SESSION_OK;
}

int hs_json_from_int(int64_t value, char **out)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, value);
    *out = hs_memory_copy_text(digits, (size_t)length);
    return *out == NULL ? SESSION_NO_MEMORY : SESSION_OK;
}

/* ---- From JSON ---- */

int hs_json_to_string(hs_slice json, char **out)
{
    cJSON *item = cJSON_ParseWithLength(json.start, json.length);
    if (item == NULL) /* the text is valid: only memory can be missing */
        return SESSION_NO_MEMORY;
    char *copy = hs_memory_copy_text(item->valuestring, strlen(item->valuestring));
    hs_memory_wipe(item->valuestring, strlen(item->valuestring));
    cJSON_Delete(item);
    if (copy == NULL)
        return SESSION_NO_MEMORY;
    *out = copy;
    return SESSION_OK;
}

int hs_json_to_double(hs_slice json, double *out)
{
    char digits[HS_JSON_DOUBLE_LENGTH + 1];
    if (!hs_slice_copy(json, digits, sizeof digits))
        return SESSION_TYPE;
    locale_t before = enter_c_locale();
    if (before == NULL)
        return SESSION_NO_MEMORY;
    *out = strtod(digits, NULL);
    leave_c_locale(before);
    return SESSION_OK;
}
