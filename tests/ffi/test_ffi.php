<?php
/* test_ffi.php FFI_HEADER LIBRARY URL */
[, $header, $library, $url] = $argv;
ini_set('assert.exception', '1');

$api = FFI::cdef(file_get_contents($header), $library);

function check(int $code): void
{
    global $api;
    if ($code !== $api->SESSION_OK) {
        throw new Exception($api->session_error_name($code));
    }
}

assert(preg_match('/^\d+\.\d+\.\d+$/', $api->session_version()) === 1);
assert($api->session_error_name(-201) === 'NOT_FOUND');
assert($api->SESSION_NOT_FOUND === -201);

$store = $api->new('session_store *');
$reason = $api->new('char[200]');
$code = $api->session_store_open('gopher://', null, FFI::addr($store), $reason, 200);
assert($code === $api->SESSION_CONFIG);
assert(str_contains(FFI::string($reason), 'redis://'), FFI::string($reason));

check($api->session_store_open($url, null, FFI::addr($store), $reason, 200));
$session = $api->new('session *');
check($api->session_create($store, '{"user":"ada"}', FFI::addr($session)));
check($api->session_set_int($session, 'big', 9007199254740993));
check($api->session_save($session));
$id = $api->session_id($session);
$api->session_free($session);

check($api->session_get($store, $id, FFI::addr($session)));
assert($api->session_json($session) === '{"user":"ada","big":9007199254740993}');
assert($api->session_expires_at($session) > $api->session_created_at($session));
$api->session_free($session);

check($api->session_destroy($store, $id));
assert($api->session_get($store, $id, FFI::addr($session)) === $api->SESSION_NOT_FOUND);
$api->session_store_close($store);
