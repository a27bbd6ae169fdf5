-- AlterTable
ALTER TABLE "Operation" ADD COLUMN "cancelRequestedAt" DATETIME;

-- AlterTable
ALTER TABLE "OperationHost" ADD COLUMN "job" JSONB;
