import {findServer} from '@hearth/servers/find.js';
import {startGarage} from '@hearth/servers/start.js';
import test from 'ava';
import {leftOut} from '../contract/left-out.js';
import {s3Contract} from './s3-contract.js';

if (findServer('garage') === null) leftOut(test, 'the S3 driver on Garage', 'there is no garage', {onRequest: true});
else await s3Contract(test, startGarage);
